import type { Command } from 'commander';
import type { RawOptions } from './backtest-options.ts';
import { readRequest, timeframes } from './backtest-request.ts';
import { readSeconds, secondsOption } from './plugin-seconds.ts';
import { type CliContext, usageError } from './terminal.ts';

/** Candles that one check may take from the command line: above it, minutes would become hours. */
const mostCandles = 1_000_000;

/** Adds `strategy list` and `strategy check`. */
export function addStrategyCommand(program: Command, context: CliContext): void {
  const strategy = program.command('strategy').description('the strategies there are, and whether they can be trusted');
  strategy
    .command('list')
    .description(
      'the built-in strategies and those in the folder of strategies, with their parameters; and files that cannot be used',
    )
    .option('--json', 'one JSON object on standard output')
    .allowExcessArguments(false)
    .action(async (raw: RawOptions) => {
      const { listAllStrategies } = await import('./strategy-list.ts');
      await listAllStrategies(raw['json'] === true, context);
    });
  strategy
    .command('check')
    .argument('<strategy>', 'a name of the list, or the file of a plugin')
    .description(
      'find out whether a strategy knows the future: run it with and without the later candles, again, and as a bot does',
    )
    .option('--param <key=value>', 'a parameter of the strategy; repeat it for more', (param, before?: string[]) => [
      ...(before ?? []),
      param,
    ])
    .optionsGroup('On which candles:')
    .option('--csv <file>', 'a file of candles; needs no database')
    .option('--exchange <name>', 'exchange of the candles in the database, such as binance')
    .option('--symbol <symbol>', 'market, such as BTC/USDT')
    .option('--timeframe <length>', `candle length: ${timeframes.join(', ')}; a file's is found by itself`)
    .option('--from <time>', 'first candle, such as 2024-01-01 or 2024-01-01T12:00Z (UTC)')
    .option('--to <time>', 'candles before this time')
    .option('--max-candles <number>', 'of these, the newest so many (default: 20000)')
    .option(...secondsOption)
    .optionsGroup('What comes out:')
    .option('--json', 'one JSON object on standard output')
    .addHelpText('after', examples)
    .allowExcessArguments(false)
    .action(async (name: string, raw: RawOptions) => {
      const request = readRequest({ ...raw, strategy: name });
      const maxCandles = readCount(raw['maxCandles']);
      const seconds = readSeconds(raw['maxSeconds']);
      const { checkStrategy } = await import('./strategy-check.ts');
      await checkStrategy(request, maxCandles, seconds, context);
    });
}

const examples = `
The exit code is 0 when nothing was found, 1 when something was, or the check could not be done.

Examples:
  candlewick strategy check ema-rsi --csv BTCUSDT-1h.csv
  candlewick strategy check ./strategies/my-trend.ts --param period=30 \\
    --exchange sim --symbol BTC/USDT --timeframe 1h --from 2025-01-01 --to 2025-07-01`;

function readCount(text: RawOptions[string]): number | undefined {
  if (typeof text !== 'string') return undefined;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 2 || count > mostCandles)
    throw usageError(`--max-candles takes a whole number from 2 to ${mostCandles}, not "${text}"`);
  return count;
}
