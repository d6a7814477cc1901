import { type Command, Option } from 'commander';
import { parseTimeframe, Timeframe, timeframeText } from '../trading/timeframe.ts';
import type { SeriesKey } from '../services/market-data/series-key.ts';
import { readMoment } from './moments.ts';
import { suggestion } from './suggest.ts';
import { type CliContext, usageError } from './terminal.ts';

const timeframes = Object.values(Timeframe).map(timeframeText);

interface Raw {
  readonly exchange?: string;
  readonly symbol?: string;
  readonly timeframe?: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
  readonly refetch?: boolean;
}

/** Adds `candles import`, `candles fetch` and `candles list`. */
export function addCandlesCommand(program: Command, context: CliContext): void {
  const candles = program.command('candles').description('bring candles into the database, and see what is there');
  series(candles.command('import').argument('<file>', 'a CSV file with a header like timestamp,open,high,low,close,volume'))
    .description('import a CSV file: all of it, or nothing when a row is bad; importing it again changes nothing')
    .addHelpText('after', importExample)
    .action(async (file: string, raw: Raw) => {
      const key = readSeries(raw);
      const { importCandles } = await import('./candles-run.ts');
      await importCandles(file, key, raw.json === true, context);
    });
  series(candles.command('fetch'))
    .description('fetch past candles from an exchange that this program is connected to, such as sim')
    .option('--from <time>', 'first candle, such as 2024-01-01 or 2024-01-01T12:00Z (UTC)')
    .option('--to <time>', 'candles before this time; now when left out')
    .option('--refetch', 'ask for candles that are stored already, too: the exchange may have corrected them')
    .action(async (raw: Raw) => {
      const key = readSeries(raw);
      if (raw.from === undefined) throw usageError('--from is missing: say since when, such as --from 2024-01-01');
      const from = readMoment('--from', raw.from);
      const to = raw.to === undefined ? undefined : readMoment('--to', raw.to);
      if (to !== undefined && from >= to) throw usageError(`--from ${raw.from} must be before --to ${raw.to}`);
      const { fetchCandles } = await import('./candles-run.ts');
      const refetch = raw.refetch === true;
      await fetchCandles(key, { from, refetch, ...(to !== undefined && { to }) }, raw.json === true, context);
    });
  candles
    .command('list')
    .description('what is stored: from, to, number of candles and gaps of each market and timeframe')
    .option('--exchange <name>', 'only of this exchange')
    .option('--symbol <symbol>', 'only of this market')
    .option('--json', 'one JSON object on standard output')
    .action(async (raw: Raw) => {
      const { listCandles } = await import('./candles-run.ts');
      const filter = { ...(raw.exchange && { exchange: raw.exchange }), ...(raw.symbol && { symbol: raw.symbol }) };
      await listCandles(filter, raw.json === true, context);
    });
}

const importExample = `
Example:
  candlewick candles import BTCUSDT-1h.csv --exchange binance --symbol BTC/USDT --timeframe 1h`;

function series(command: Command): Command {
  return command
    .option('--exchange <name>', 'exchange of the candles, such as binance')
    .option('--symbol <symbol>', 'market, such as BTC/USDT')
    .addOption(new Option('--timeframe <length>', `candle length: ${timeframes.join(', ')}`))
    .option('--json', 'one JSON object on standard output')
    .allowExcessArguments(false);
}

function readSeries({ exchange, symbol, timeframe }: Raw): SeriesKey {
  const missing = (flag: string, example: string): Error => usageError(`${flag} is missing, such as ${flag} ${example}`);
  if (exchange === undefined) throw missing('--exchange', 'binance');
  if (symbol === undefined) throw missing('--symbol', 'BTC/USDT');
  if (timeframe === undefined) throw missing('--timeframe', '1h');
  const length = parseTimeframe(timeframe);
  if (!length)
    throw usageError(`--timeframe "${timeframe}" is none of ${timeframes.join(', ')}${suggestion(timeframe, timeframes)}`);
  return { exchange, symbol, timeframe: length };
}
