import { openDatabase } from '../../../../src/services/database/index.ts';
import { World } from '../../../scenarios/support/world.ts';

/* A process that runs the bots of a database under leases that outlast every test: `holder.ts URL NOW`; says so when it does. */

const [url = '', now = ''] = process.argv.slice(2);
const database = await openDatabase({ url });
const world = new World(database, Number(now), { presence: database.presence() });
await world.supervisor.start();
process.stdout.write(`${world.supervisor.runners.length} run\n`);
setInterval(() => undefined, 1000);
