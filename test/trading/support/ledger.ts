import { readSpec, type BacktestSpec } from '../../../src/trading/backtest.ts';
import type { Candles } from '../../../src/trading/candle.ts';
import { ColumnCache } from '../../../src/trading/indicators/columns.ts';
import { Matcher } from '../../../src/trading/matcher.ts';
import { type EntryType, FillAt, FillModel } from '../../../src/trading/options.ts';
import { ExitReason } from '../../../src/trading/position.ts';
import { type Execution, TradingSession } from '../../../src/trading/session.ts';
import { hour } from './builders.ts';

/** One fill, with where it happened. */
export interface LedgerFill extends Execution {
  readonly index: number;
  /** Of the order that was filled; null for what guards a position. */
  readonly type: EntryType | null;
}

/** A second set of books: what fills and funding did to the cash and the holdings, without a position, an average or a profit. */
export interface Ledger {
  readonly fills: readonly LedgerFill[];
  /** Cash plus the value of what is held, at each close. */
  readonly equity: Float64Array;
  readonly session: TradingSession;
}

/** Runs hourly candles as a backtest does, and keeps the second books. The constant funding rate only. */
export function ledgerOf(candles: Candles, spec: BacktestSpec): Ledger {
  const plan = readSpec(spec);
  const { options } = plan;
  const fillModel = options.fillModel === FillModel.DETAIL ? FillModel.PESSIMISTIC : options.fillModel;
  const columns = new ColumnCache(candles).columns(plan.strategy.indicators);
  const session = TradingSession.onColumns(plan, candles, columns);
  const fills: LedgerFill[] = [];
  let cash = options.initialCapital;
  let held = 0;
  let now = 0;
  const matcher = new Matcher(session, { ...options, fillModel, volume: candles.volume }, (fill, order) => {
    fills.push({ ...fill, index: now, type: order?.type ?? null });
    const bought = (fill.leg === 'ENTRY') === (fill.positionSide === 'LONG') ? fill.quantity : -fill.quantity;
    cash -= bought * fill.price + fill.fee;
    held += bought;
    if (session.position.side === 0) held = 0;
  });
  const { openTime, open, close } = candles;
  const last = openTime.length - 1;
  const equity = new Float64Array(openTime.length);
  const boundary = options.fundingHours * hour;
  for (let i = 0; i <= last; i++) {
    now = i;
    const due = i === 0 ? 0 : Math.floor(openTime[i] / boundary) - Math.floor(openTime[i - 1] / boundary);
    const rate = due * (options.fundingRatePercent / 100);
    // What a margin cannot pay is not paid: the session's balance says what was.
    const owed = held * open[i] * rate;
    const before = session.balance;
    session.fund(rate, open[i]);
    const paid = before - session.balance;
    cash -= owed - paid > 1e-9 * Math.abs(owed) ? paid : owed;
    matcher.candle(i, candles);
    equity[i] = cash + held * close[i];
    if (session.step(i) !== null && options.fillAt === FillAt.SIGNAL_CLOSE && i < last)
      matcher.fillPending(i, openTime[i], close[i]);
  }
  if (options.closeAtEnd) {
    matcher.closeAt(last, openTime[last], close[last], ExitReason.END_OF_DATA);
    equity[last] = cash + held * close[last];
  }
  return { fills, equity, session };
}
