import { readConfig } from '../config.ts';
import { systemClock } from '../services/clock.ts';
import { openDatabase } from '../services/database/index.ts';
import { Exchanges } from '../services/exchanges/exchanges.ts';
import { createLogger } from '../services/logger.ts';
import { MarketDataService } from '../services/market-data/market-data-service.ts';

/**
 * Opens the configured database, brought up to date, for one command that works with candles, and closes it afterwards.
 * @throws ConfigError, DatabaseProblem with one sentence
 */
export async function withMarketData<T>(env: NodeJS.ProcessEnv, work: (marketData: MarketDataService) => Promise<T>): Promise<T> {
  const config = readConfig(env);
  const logger = createLogger({ level: 'silent', pretty: false });
  const database = await openDatabase({ url: config.databaseUrl });
  try {
    await database.migrate();
    const exchanges = await Exchanges.open({ database, clock: systemClock, logger, simSpeed: config.simSpeed });
    const marketData = new MarketDataService({ database, exchanges, clock: systemClock, logger });
    await marketData.start();
    try {
      return await work(marketData);
    } finally {
      await marketData.stop();
      await exchanges.stop();
    }
  } finally {
    await database.close();
  }
}
