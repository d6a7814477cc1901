import type { Command } from 'commander';
import { builtInStrategies } from '../trading/strategies/index.ts';
import { addEngineOptions, addGateOptions, type RawOptions } from './backtest-options.ts';
import { readRequest, timeframes } from './backtest-request.ts';
import { secondsOption } from './plugin-seconds.ts';
import type { CliContext } from './terminal.ts';

/** Adds `backtest run`. */
export function addBacktestCommand(program: Command, context: CliContext): void {
  const backtest = program.command('backtest').description('run strategies over past candles');
  const run = backtest
    .command('run')
    .description('run a strategy over candles of the database, or straight over a CSV file')
    .optionsGroup('What to run:')
    .option(
      '--strategy <name>',
      `one of ${builtInStrategies.map(({ name }) => name).join(', ')}; or a plugin, by its name or its file`,
    )
    .option('--param <key=value>', 'a parameter of the strategy; repeat it for more', collected)
    .option(...secondsOption)
    .optionsGroup('On which candles:')
    .option('--csv <file>', 'a file of candles; needs no database')
    .option('--exchange <name>', 'exchange of the candles in the database, such as binance')
    .option('--symbol <symbol>', 'market, such as BTC/USDT')
    .option('--timeframe <length>', `candle length: ${timeframes.join(', ')}; a file's is found by itself`)
    .option('--from <time>', 'first candle, such as 2024-01-01 or 2024-01-01T12:00Z (UTC)')
    .option('--to <time>', 'candles before this time')
    .option('--detail-timeframe <length>', 'with --fill-model DETAIL: length of the finer candles (default: the finest there is)')
    .option('--detail-csv <file>', 'with --fill-model DETAIL and --csv: a file of finer candles')
    .optionsGroup('What comes out:')
    .option('--json', 'one JSON object on standard output')
    .option('--chart <file.svg>', 'also draw equity, drawdown and trades')
    .optionsGroup('How good the candles must be:');
  addGateOptions(run);
  run.optionsGroup('How it trades:');
  addEngineOptions(run);
  run
    .addHelpText('after', examples)
    .allowExcessArguments(false)
    .action(async (raw: RawOptions) => {
      const request = readRequest(raw);
      const { runBacktestCommand } = await import('./backtest-run.ts');
      await runBacktestCommand(request, raw, context);
    });
  addPortfolio(backtest, context);
  backtest
    .command('strategies')
    .description('the strategies there are, with their parameters')
    .option('--json', 'one JSON object on standard output')
    .action(async (raw: RawOptions) => {
      const { listStrategies } = await import('./backtest-strategies.ts');
      listStrategies(raw['json'] === true, context.terminal);
    });
}

/** Adds `backtest portfolio`. */
function addPortfolio(backtest: Command, context: CliContext): void {
  const portfolio = backtest
    .command('portfolio')
    .description('run a strategy over several markets that share one capital')
    .optionsGroup('What to run:')
    .option('--strategy <name>', 'a built-in strategy, or a plugin by its name or its file')
    .option('--param <key=value>', 'a parameter of the strategy; repeat it for more', collected)
    .option(...secondsOption)
    .optionsGroup('On which candles:')
    .option(
      '--market <symbol=file>',
      'a market and its CSV file; repeat it for more, in the order in which they are served',
      collected,
    )
    .option('--timeframe <length>', `candle length: ${timeframes.join(', ')}; the first file's is found by itself`)
    .option('--from <time>', 'first candle, such as 2024-01-01 or 2024-01-01T12:00Z (UTC)')
    .option('--to <time>', 'candles before this time')
    .option('--max-open-positions <count>', 'positions open at the same time (default: one per market)')
    .optionsGroup('What comes out:')
    .option('--json', 'one JSON object on standard output')
    .optionsGroup('How good the candles must be:');
  addGateOptions(portfolio);
  portfolio.optionsGroup('How it trades:');
  addEngineOptions(portfolio);
  portfolio.allowExcessArguments(false).action(async (raw: RawOptions) => {
    const { runPortfolioCommand } = await import('./backtest-portfolio.ts');
    await runPortfolioCommand(raw, context);
  });
}

const collected = (value: string, before?: string[]): string[] => [...(before ?? []), value];

const examples = `
Examples:
  candlewick backtest run --strategy ema-rsi --csv BTCUSDT-1h.csv --stop-loss-percent 2 --take-profit-percent 4
  candlewick backtest run --strategy ema-rsi --param emaFast=9 --param emaSlow=21 \\
    --exchange binance --symbol BTC/USDT --timeframe 1h --from 2024-01-01 --to 2024-07-01 --json

For all parameters of the strategies: candlewick strategy list`;
