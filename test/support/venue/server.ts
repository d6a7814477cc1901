import { createApp } from '../../../src/app.ts';
import { readConfig } from '../../../src/config.ts';
import { CcxtMarketData } from '../../../src/services/exchanges/ccxt/ccxt-market-data.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { binance } from './binance/binance.ts';
import { Pinned } from './pin.ts';

/* The program as a process of its own, whose Binance is the venue of another process: `VENUE_PORT` says where it listens. */

const port = Number(process.env['VENUE_PORT']);
const { prepare } = new Pinned(() => ({ port, dialect: binance }));
const config = readConfig(process.env);
const app = await createApp(config, {
  logger: createLogger({ level: config.logLevel, pretty: false }),
  openMarketData: (exchange) => CcxtMarketData.open({ exchange, prepare }),
});
process.on('SIGTERM', () => void app.stop(10_000).then(() => process.exit(0)));
await app.start();
process.stdout.write('ready\n');
