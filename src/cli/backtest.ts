import type { Command } from 'commander';
import { builtInStrategies } from '../trading/strategies/index.ts';
import { Timeframe, parseTimeframe, timeframeText } from '../trading/timeframe.ts';
import { addEngineOptions, type RawOptions } from './backtest-options.ts';
import type { BacktestRequest } from './backtest-run.ts';
import { suggestion } from './suggest.ts';
import { type CliContext, usageError } from './terminal.ts';
import { readMoment } from './moments.ts';

const timeframes = Object.values(Timeframe).map(timeframeText);

/** Adds `backtest run`. */
export function addBacktestCommand(program: Command, context: CliContext): void {
  const backtest = program.command('backtest').description('run strategies over past candles');
  const run = backtest
    .command('run')
    .description('run a strategy over candles of the database, or straight over a CSV file')
    .optionsGroup('What to run:')
    .option('--strategy <name>', `one of ${builtInStrategies.map(({ name }) => name).join(', ')}`)
    .option(
      '--param <key=value>',
      'a parameter of the strategy; repeat it for more',
      (param, before?: string[]) => [...(before ?? []), param],
      [],
    )
    .optionsGroup('On which candles:')
    .option('--csv <file>', 'a file of candles; needs no database')
    .option('--exchange <name>', 'exchange of the candles in the database, such as binance')
    .option('--symbol <symbol>', 'market, such as BTC/USDT')
    .option('--timeframe <length>', `candle length: ${timeframes.join(', ')}; a file's is found by itself`)
    .option('--from <time>', 'first candle, such as 2024-01-01 or 2024-01-01T12:00Z (UTC)')
    .option('--to <time>', 'candles before this time')
    .optionsGroup('What comes out:')
    .option('--json', 'one JSON object on standard output')
    .option('--chart <file.svg>', 'also draw equity, drawdown and trades')
    .optionsGroup('How it trades:');
  addEngineOptions(run);
  run
    .addHelpText('after', examples)
    .allowExcessArguments(false)
    .action(async (raw: RawOptions) => {
      const request = readRequest(raw);
      const { runBacktestCommand } = await import('./backtest-run.ts');
      await runBacktestCommand(request, raw, context);
    });
  backtest
    .command('strategies')
    .description('the strategies there are, with their parameters')
    .option('--json', 'one JSON object on standard output')
    .action(async (raw: RawOptions) => {
      const { listStrategies } = await import('./backtest-strategies.ts');
      listStrategies(raw['json'] === true, context.terminal);
    });
}

const examples = `
Examples:
  candlewick backtest run --strategy ema-rsi --csv BTCUSDT-1h.csv --stop-loss-percent 2 --take-profit-percent 4
  candlewick backtest run --strategy ema-rsi --param emaFast=9 --param emaSlow=21 \\
    --exchange binance --symbol BTC/USDT --timeframe 1h --from 2024-01-01 --to 2024-07-01 --json

For all parameters of the strategies: candlewick backtest strategies`;

/** The options that are not the engine's, read and checked before anything is loaded. */
function readRequest(raw: RawOptions): BacktestRequest {
  const text = (name: string): string | undefined => (typeof raw[name] === 'string' ? raw[name] : undefined);
  const strategy = required(text('strategy'), '--strategy', 'such as --strategy ema-rsi');
  const csv = text('csv');
  const from = text('from') === undefined ? undefined : readMoment('--from', text('from') ?? '');
  const to = text('to') === undefined ? undefined : readMoment('--to', text('to') ?? '');
  if (from !== undefined && to !== undefined && from >= to)
    throw usageError(`--from ${text('from')} must be before --to ${text('to')}`);
  const chart = text('chart');
  if (chart !== undefined && !/\.svg$/i.test(chart)) throw usageError(`--chart writes SVG: "${chart}" must end in .svg`);
  const common = {
    strategy,
    params: Array.isArray(raw['param']) ? raw['param'] : [],
    from,
    to,
    json: raw['json'] === true,
    chart,
  };
  const timeframe = text('timeframe') === undefined ? undefined : readTimeframe(text('timeframe') ?? '');
  if (csv !== undefined) return { ...common, source: { csv, symbol: text('symbol'), timeframe } };
  const needed = 'for candles of the database (or name a file: --csv candles.csv)';
  return {
    ...common,
    source: {
      exchange: required(text('exchange'), '--exchange', needed),
      symbol: required(text('symbol'), '--symbol', needed),
      timeframe: required(timeframe, '--timeframe', needed),
    },
  };
}

function required<T>(value: T | undefined, flag: string, hint: string): T {
  if (value === undefined) throw usageError(`${flag} is missing, ${hint}`);
  return value;
}

function readTimeframe(text: string): Timeframe {
  const timeframe = parseTimeframe(text);
  if (timeframe) return timeframe;
  throw usageError(`there is no timeframe "${text}"; there are ${timeframes.join(', ')}${suggestion(text, timeframes)}`);
}
