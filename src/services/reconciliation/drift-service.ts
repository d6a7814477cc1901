import { Exchange } from '../../entities/exchange/Exchange.ts';
import { Bot } from '../../entities/trading/Bot.ts';
import { ClosedTrade } from '../../entities/trading/ClosedTrade.ts';
import { Order } from '../../entities/trading/Order.ts';
import { type BacktestSpec, runBacktest } from '../../trading/backtest.ts';
import type { Candles } from '../../trading/candle.ts';
import { Decision, type StrategyDefinition } from '../../trading/strategy.ts';
import { type Timeframe, timeframeMs, timeframeText } from '../../trading/timeframe.ts';
import type { Database } from '../database/index.ts';
import { DomainError } from '../errors.ts';
import type { Viewer } from '../viewer.ts';
import { compareTrips, DriftKind, type DriftItem, type DriftTotals, type RoundTrip, totalsOf } from './drift.ts';

/** How a bot decides and trades, as a backtest takes it. */
export interface Replay {
  readonly spec: Omit<BacktestSpec, 'strategy'> & { readonly strategy: StrategyDefinition };
  /** Candles that warm it up, as in a bot. */
  readonly warmUp: number;
}

export interface DriftParts {
  readonly database: Database;
  /** `from <= openTime < to`, ms UTC. */
  readonly candles: (exchange: string, symbol: string, timeframe: Timeframe, from: number, to: number) => Promise<Candles>;
  readonly replayOf: (bot: Bot, exchange: string) => Promise<Replay>;
}

export interface DriftPeriod {
  readonly botId: string;
  readonly from: Date;
  readonly to: Date;
}

/** One difference, in words. */
export interface ExplainedDrift extends DriftItem {
  readonly explanation: string;
}

export interface DriftReportView {
  readonly botId: string;
  readonly from: Date;
  readonly to: Date;
  /** Candles of the period that were replayed. */
  readonly candles: number;
  readonly totals: DriftTotals;
  readonly items: readonly ExplainedDrift[];
}

/** Candle lengths that one report may span. */
const mostDriftCandles = 50_000;
/** Round trips of the bot that one report may hold. */
const mostDriftTrades = 1_000;

/**
 * Replays what a bot has lived through in a backtest: the same strategy, settings and stored candles, from the capital that it had. Whatever differs is
 * what the exchange, the network or a person did.
 */
export class DriftService {
  readonly #parts: DriftParts;

  constructor(parts: DriftParts) {
    this.#parts = parts;
  }

  /** @throws DomainError NOT_FOUND, INVALID, LIMIT_EXCEEDED with the path of the argument */
  async report(viewer: Viewer, { botId, from, to }: DriftPeriod): Promise<DriftReportView> {
    const em = this.#parts.database.forUser(viewer.userId);
    const bot = await em.findOne(Bot, { id: botId }, { populate: ['strategy'] });
    if (!bot) throw new DomainError('NOT_FOUND', 'there is no bot of yours with this id', { path: ['botId'] });
    checkPeriod(bot, from, to);
    const { name } = await em.findOneOrFail(Exchange, { id: bot.exchange.id });
    // What was decided after the beginning is entered with the next candle at the earliest.
    const candleMs = timeframeMs(bot.timeframe);
    const firstEntry = new Date((Math.floor(from.getTime() / candleMs) + 1) * candleMs);
    const inPeriod = { bot: botId, openedAt: { $gte: firstEntry }, closedAt: { $lt: to } };
    const order = { orderBy: { openedAt: 'asc', id: 'asc' }, limit: mostDriftTrades + 1 } as const;
    const actual = await em.find(ClosedTrade, inPeriod, order);
    if (actual.length > mostDriftTrades)
      throw new DomainError(
        'LIMIT_EXCEEDED',
        `bot "${bot.name}" made more than ${mostDriftTrades} round trips in the period: choose a shorter one`,
        { path: ['to'] },
      );
    const before = await em.find(ClosedTrade, { bot: botId, openedAt: { $lt: firstEntry } }, { fields: ['pnl'] });
    const capital = before.reduce((sum, { pnl }) => sum.add(pnl), bot.initialCapital).toNumber();
    const { expected, candles } = await this.#replayed(bot, name, from.getTime(), to.getTime(), capital);
    const items = compareTrips(actual.map(tripOf), expected, candleMs);
    const reasons = await this.#reasons(viewer, bot, items);
    return {
      botId,
      from,
      to,
      candles,
      totals: totalsOf(items),
      items: items.map((item) => ({ ...item, explanation: explain(item, candleMs, reasons) })),
    };
  }

  async #replayed(
    bot: Bot,
    exchange: string,
    from: number,
    to: number,
    capital: number,
  ): Promise<{ expected: RoundTrip[]; candles: number }> {
    const { spec, warmUp } = await this.#parts.replayOf(bot, exchange);
    const candleMs = timeframeMs(bot.timeframe);
    const begin = (Math.floor(from / candleMs) - warmUp) * candleMs;
    const candles = await this.#parts.candles(exchange, bot.symbol, bot.timeframe, begin, to);
    const first = candles.openTime.findIndex((openTime) => openTime + candleMs > from);
    if (first < 0) return { expected: [], candles: 0 };
    const strategy = silentUntil(spec.strategy, first);
    const { trades } = runBacktest(candles, { ...spec, strategy, initialCapital: capital });
    return { expected: trades.filter(({ exitTime }) => exitTime < to), candles: candles.openTime.length - first };
  }

  /** What became of the orders by which missed round trips would have been entered, by the candle that decided. */
  async #reasons(viewer: Viewer, bot: Bot, items: readonly DriftItem[]): Promise<ReadonlyMap<number, string>> {
    const candleMs = timeframeMs(bot.timeframe);
    const decidedAt = items.flatMap(({ kind, expected }) =>
      kind === DriftKind.MISSED && expected ? [(Math.floor(expected.entryTime / candleMs) - 1) * candleMs] : [],
    );
    if (decidedAt.length === 0) return new Map();
    const keys = decidedAt.map((time) => `${time}:ENTRY:1`);
    const orders = await this.#parts.database.forUser(viewer.userId).find(Order, { bot: bot.id, signalKey: { $in: keys } });
    return new Map(
      orders.map(({ signalKey, status, rejectReason }) => [
        Number(signalKey?.split(':')[0]) + candleMs,
        `its order ended ${status}${rejectReason === null ? '' : `: ${rejectReason}`}`,
      ]),
    );
  }
}

function checkPeriod(bot: Bot, from: Date, to: Date): void {
  if (from >= to)
    throw new DomainError('INVALID', `the period ends at ${to.toISOString()}, before it begins at ${from.toISOString()}`, {
      path: ['to'],
    });
  const candles = Math.ceil((to.getTime() - from.getTime()) / timeframeMs(bot.timeframe));
  if (candles > mostDriftCandles)
    throw new DomainError(
      'LIMIT_EXCEEDED',
      `the period has ${candles} ${timeframeText(bot.timeframe)} candles, the maximum is ${mostDriftCandles}: choose a shorter one`,
      { path: ['to'], details: { limit: String(mostDriftCandles) } },
    );
}

/** The same strategy, wanting nothing before a candle: a bot that begins there has held nothing either. */
function silentUntil(definition: StrategyDefinition, first: number): StrategyDefinition {
  const { signals, decide } = definition;
  return {
    ...definition,
    ...(signals && {
      signals: (context) => {
        const write = signals(context);
        return (from, to, out) => {
          write(from, to, out);
          if (from < first) out.fill(0, from, Math.min(to, first));
        };
      },
    }),
    ...(decide && {
      decide: (context) => {
        const inner = decide(context);
        return (index, position, levels) => (index < first ? Decision.HOLD : inner(index, position, levels));
      },
    }),
  };
}

function tripOf(trade: ClosedTrade): RoundTrip {
  return {
    side: trade.side,
    quantity: trade.quantity.toNumber(),
    entryTime: trade.openedAt.getTime(),
    exitTime: trade.closedAt.getTime(),
    entryPrice: trade.entryPrice.toNumber(),
    exitPrice: trade.exitPrice.toNumber(),
    fees: trade.fees.toNumber(),
    pnl: trade.pnl.toNumber(),
    exitReason: trade.exitReason,
  };
}

function explain(item: DriftItem, candleMs: number, reasons: ReadonlyMap<number, string>): string {
  const { kind, actual, expected, entryDelayMs, exitDelayMs } = item;
  if (!actual) {
    const opened = expected ? Math.floor(expected.entryTime / candleMs) * candleMs : 0;
    return `missed: ${reasons.get(opened) ?? 'the bot made no order then; it was away, paused, halted or held a position'}`;
  }
  if (!expected)
    return 'extra: the replay entered nothing then; the bot saw other candles, had other settings, or had missed what came before';
  if (kind === DriftKind.EXACT) return 'the same';
  const parts: string[] = [];
  const differs = (what: string, a: number | string, b: number | string): void => {
    if (a !== b) parts.push(`${what} ${a} instead of ${b}`);
  };
  const candles = (ms: number): number => Math.trunc(ms / candleMs);
  if (candles(entryDelayMs) !== 0) parts.push(`entered ${moved(candles(entryDelayMs))}`);
  if (candles(exitDelayMs) !== 0) parts.push(`left ${moved(candles(exitDelayMs))}`);
  if (item.entrySlippage !== 0) differs('entered at', actual.entryPrice, expected.entryPrice);
  if (item.exitSlippage !== 0) differs('left at', actual.exitPrice, expected.exitPrice);
  differs('quantity', actual.quantity, expected.quantity);
  differs('left by', actual.exitReason, expected.exitReason);
  return parts.length > 0 ? parts.join('; ') : `fees ${actual.fees} instead of ${expected.fees}`;
}

function moved(candles: number): string {
  const count = Math.abs(candles);
  return `${count} ${count === 1 ? 'candle' : 'candles'} ${candles > 0 ? 'late' : 'early'}`;
}
