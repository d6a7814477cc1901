import { binance } from '../../support/venue/binance/binance.ts';
import { Pinned } from '../../support/venue/pin.ts';
import { LiveProcess } from './live-world.ts';

/* A process that runs the LIVE bots of a database at the venue behind a port: `live-holder.ts URL PORT`; says so when it does. */

const [url = '', port = ''] = process.argv.slice(2);
const holder = await LiveProcess.start(url, new Pinned(() => ({ port: Number(port), dialect: binance })), { isShown: true });
process.stdout.write(`${holder.supervisor.runners.length} run\n`);
setInterval(() => undefined, 1000);
