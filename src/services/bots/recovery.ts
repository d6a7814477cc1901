import { DifferenceAction, DifferenceKind } from '../../entities/operations/ReconciliationRun.ts';
import type { Order } from '../../entities/trading/Order.ts';
import { canonical, Decimal, decimal } from '../../trading/money.ts';
import { PositionSide } from '../../trading/position.ts';
import { candleAt } from '../../trading/series.ts';
import { type SessionEffect, TradingSession } from '../../trading/session.ts';
import { openTimeAt, timeframeMs } from '../../trading/timeframe.ts';
import type { TradingOptions } from '../../trading/options.ts';
import type { FundingPayment } from '../exchanges/port/exchange.ts';
import type { OrderDesk } from '../orders/order-desk.ts';
import { isUnknown } from '../orders/order-lookup.ts';
import { standardDeadlineMs, withDeadline } from '../orders/outcome.ts';
import { ReconciliationError } from '../reconciliation/reconciliation-error.ts';
import { pause } from '../timers.ts';
import { checkBalance } from './balance-check.ts';
import type { Books } from './books.ts';
import { heldText } from './holdings.ts';
import { isTaken } from './lease.ts';
import type { RunnerParts } from './runner-parts.ts';
import { storedSession } from './session-store.ts';
import type { WorkingOrders } from './working-orders.ts';

export interface RecoveryParts {
  readonly parts: RunnerParts;
  readonly options: TradingOptions;
  readonly desk: OrderDesk;
  readonly orders: WorkingOrders;
  readonly books: Books;
  readonly setSession: (session: TradingSession, held: Decimal) => void;
  /** Takes what the session answers; it is stored with whatever is written next. */
  readonly follow: (effects: readonly SessionEffect[]) => void;
  /** Books funding that was paid, unless it is booked already. */
  readonly fund: (payment: FundingPayment) => Promise<void>;
  /** Books what the exchange has told since recovery began. @returns whether there was anything */
  readonly takeNews: () => Promise<boolean>;
  /** Aborted when the runner is given up in the middle of it. */
  readonly signal: AbortSignal;
}

/** What a person has to know when an exchange has filled more of an order than was asked for. */
export function overfillText(botName: string, { clientOrderId, symbol, amount, filledAmount }: Order): string {
  return (
    `the exchange filled ${canonical(filledAmount)} of order ${clientOrderId} in ${symbol}, which asked for ${canonical(amount)}: ` +
    `everything is booked, and bot "${botName}" does not go on before you have compared its position with the exchange`
  );
}

/** What a person has to know when an exchange has sold what the bot does not hold: the end of one order did not keep another one from filling. */
export function beyondText(botName: string, { clientOrderId, symbol, filledAmount }: Order): string {
  return (
    `order ${clientOrderId} in ${symbol} was filled with ${canonical(filledAmount)}, which is more than was left of the position: ` +
    `everything is booked, and bot "${botName}" does not go on before you have compared its position with the exchange`
  );
}

const zero = new Decimal(0);
/** Candles that warm a session up at the least; the EMA remembers its beginning for a long time. */
const warmUpCandles = 500;
/** How long before the last candle that was followed an order may have been filled without anybody having noticed, in milliseconds. */
const lateFillsMs = 3_600_000;
/** How far back the exchange is asked what a bot has done of which no state was ever stored, in milliseconds. */
const longestUnstoredMs = 86_400_000;
/** How often orders of unknown fate are asked for before the bot gives up. */
const mostLookUps = 30;
/** How often the exchange is asked for what only it knows of before recovery is begun anew. */
const mostAdoptionLooks = 3;
/** How often the balances of a shared account are asked for before a difference counts. */
const mostBalanceLooks = 3;

/**
 * Brings a bot to where it would be had nothing happened to its process: the session from its stored state, what closed and what was
 * filled meanwhile in their order, intents that were never sent given up, every other open order asked for. Nothing is sent and
 * nothing is decided; fills are booked, never made up.
 * @returns what the account holds of the base asset; null where it is not asked for
 * @throws ReconciliationError when session, ledger and exchange do not agree in the end
 */
export async function recoverSession(recovery: RecoveryParts): Promise<Decimal | null> {
  const { books, orders, follow } = recovery;
  const { session, heldBefore } = await restore(recovery);
  checkLedger(recovery, session, heldBefore);
  await adopt(recovery, session);
  for (const order of await books.openOrders()) orders.add(order);
  await replay(recovery, session);
  const left = await settleOrders(recovery);
  // A guard that was to be replaced when the process died may stand beside its successor.
  const doubled = orders.reset(left);
  const { pending } = session;
  // Decided, but never written down as an order, or an order that has ended: the moment has passed.
  if (pending !== null && orders.pending === undefined) follow(session.handle({ type: 'ORDER_ENDED', leg: pending.leg }));
  for (const orderId of doubled) await recovery.desk.cancel(orderId);
  // The market did not stand still meanwhile: a stop may have been hit since the exchange was asked.
  await recovery.takeNews();
  await checkSide(recovery, session);
  return settledBalance(recovery);
}

async function restore({
  parts,
  options,
  books,
  setSession,
}: RecoveryParts): Promise<{ session: TradingSession; heldBefore: Decimal }> {
  const { bot, market, strategy, left } = parts;
  const { lastCandleAt } = left;
  const stored = storedSession(left).state;
  const heldBefore = (await books.position())?.quantity ?? zero;
  const candleMs = timeframeMs(bot.timeframe);
  // A stored state belongs to the end of its candle; what closed since is replayed.
  const end = stored && lastCandleAt ? lastCandleAt.getTime() + candleMs : openTimeAt(bot.timeframe, market.now());
  const count = Math.max(warmUpCandles, strategy.firstDecision * 3);
  const history = await market.history(bot.symbol, bot.timeframe, end - count * candleMs, end);
  const session = TradingSession.onHistory({ strategy, options, timeframe: bot.timeframe }, history);
  if (stored) session.restore(stored);
  setSession(session, heldBefore);
  return { session, heldBefore };
}

/** Session and ledger are saved together, so they agree unless somebody changed one of them by hand. */
function checkLedger({ parts }: RecoveryParts, session: TradingSession, held: Decimal): void {
  const { position } = session;
  const inSession = position.side === 0 ? zero : decimal(position.quantity);
  if (inSession.sub(held).abs().lte(parts.rules.stepSize.div(2))) return;
  const side = position.side === 0 ? null : position.side > 0 ? PositionSide.LONG : PositionSide.SHORT;
  throw new ReconciliationError(
    `the stored state of bot "${parts.bot.name}" holds ${heldText(inSession, side)}, its ledger ${canonical(held)} ${parts.context.symbol}: ` +
      'restore a backup in which both agree, or delete the bot and make a new one',
    [
      {
        kind: DifferenceKind.POSITION,
        subject: parts.context.symbol,
        expected: canonical(held),
        found: heldText(inSession, side),
        action: DifferenceAction.HALTED,
      },
    ],
  );
}

/** Orders that were decided since the stored state and are not in the ledger, because it is an older one. */
async function adopt({ parts, desk, signal }: RecoveryParts, session: TradingSession): Promise<void> {
  const { bot, market, timers, lookUpEveryMs } = parts;
  const candleMs = timeframeMs(bot.timeframe);
  const from = storedUntil(parts, session);
  for (let looks = 1; ; looks++)
    try {
      return await desk.adopt({ from, to: market.now(), candleMs, fillsSince: from - lateFillsMs });
    } catch (error) {
      if (isTaken(error) || looks === mostAdoptionLooks) throw error;
      await pause(timers, lookUpEveryMs, signal);
    }
}

/** Open time of the last candle that the stored state has followed; before the first one was stored, a bot may have traded since it was made. */
function storedUntil({ bot, market, left }: RunnerParts, { lastOpenTime }: TradingSession): number {
  if (lastOpenTime !== undefined && storedSession(left).state) return lastOpenTime;
  return openTimeAt(bot.timeframe, Math.max(bot.createdAt.getTime(), market.now() - longestUnstoredMs));
}

/** What closed and what was filled while nobody listened, in the order in which it happened. */
async function replay({ parts, desk, follow, fund }: RecoveryParts, session: TradingSession): Promise<void> {
  const { bot, market } = parts;
  const since = storedUntil(parts, session) - lateFillsMs;
  const fills = await desk.missedFills(since);
  const payments = await fundingSince(parts, since);
  const candleMs = timeframeMs(bot.timeframe);
  const now = market.now();
  const from = session.lastOpenTime === undefined ? now : session.lastOpenTime + candleMs;
  const candles = await market.history(bot.symbol, bot.timeframe, from, now);
  let paid = 0;
  // Funding is due at the open, before anything is filled there.
  const payUntil = async (moment: number): Promise<void> => {
    for (; paid < payments.length && payments[paid].at <= moment; paid++) await fund(payments[paid]);
  };
  let next = 0;
  for (let index = 0; index < candles.openTime.length; index++) {
    // A fill comes before the close of the candle that it happened in.
    for (; next < fills.length && fills[next].fill.at < candles.openTime[index] + candleMs; next++) {
      await payUntil(fills[next].fill.at);
      await desk.take(fills[next]);
    }
    await payUntil(candles.openTime[index]);
    follow(session.handle({ type: 'CANDLE_CLOSED', candle: candleAt(candles, index), stale: true }));
  }
  for (const missed of fills.slice(next)) {
    await payUntil(missed.fill.at);
    await desk.take(missed);
  }
  await payUntil(Infinity);
}

async function fundingSince({ exchange, bot, timers }: RunnerParts, since: number): Promise<readonly FundingPayment[]> {
  if (!exchange.fundingSince) return [];
  const what = `the funding of ${bot.symbol} at ${exchange.name}`;
  return withDeadline(exchange.fundingSince(bot.symbol, since), standardDeadlineMs, what, timers);
}

async function settleOrders({ desk, signal, parts }: RecoveryParts): Promise<readonly Order[]> {
  let open = await desk.recover();
  for (let i = 0; open.some(isUnknown); i++) {
    if (i === mostLookUps) {
      const ids = open.filter(isUnknown).map(({ clientOrderId }) => clientOrderId);
      await assertAnswers(parts, ids[0]);
      throw new ReconciliationError(
        `the exchange does not say what became of order ${ids.join(', ')}: look it up there, cancel it if it is open, then start the bot again`,
        ids.map((subject) => ({
          kind: DifferenceKind.ORDER,
          subject,
          expected: 'sent',
          found: 'unknown',
          action: DifferenceAction.HALTED,
        })),
      );
    }
    await pause(parts.timers, parts.lookUpEveryMs, signal);
    open = await desk.recover();
  }
  return open;
}

/** An exchange that answers nothing at all does not conceal anything. @throws DomainError EXCHANGE_UNAVAILABLE, DeadlineError */
async function assertAnswers({ exchange, bot, timers }: RunnerParts, clientOrderId: string): Promise<void> {
  const what = `looking up order ${clientOrderId} at ${exchange.name}`;
  await withDeadline(exchange.order(bot.symbol, clientOrderId), standardDeadlineMs, what, timers);
}

/**
 * A difference has to last: news of a fill may be on its way, and other bots that trade with the same key may just be buying or selling.
 */
async function settledBalance({ parts, books, signal, takeNews }: RecoveryParts): Promise<Decimal | null> {
  for (let looks = 1; ; looks++)
    try {
      return await checkBalance(parts, books);
    } catch (error) {
      if (!(error instanceof ReconciliationError) || looks === mostBalanceLooks) throw error;
      const isExplained = await takeNews();
      if (parts.context.isPaper && !isExplained) throw error;
      if (!parts.context.isPaper) await pause(parts.timers, parts.lookUpEveryMs, signal);
    }
}

/** The session holds something exactly where the ledger does. */
async function checkSide({ parts, books }: RecoveryParts, session: TradingSession): Promise<void> {
  const { bot } = parts;
  const inLedger = (await books.position())?.quantity.gt(0) ?? false;
  const inSession = session.position.side !== 0;
  if (inLedger === inSession) return;
  const words = (holds: boolean): string => (holds ? 'a position' : 'nothing');
  throw new ReconciliationError(
    `after recovery the session of bot "${bot.name}" holds ${words(inSession)}, its ledger ${words(inLedger)}: ` +
      'restore a backup in which both agree, or delete the bot and make a new one',
    [
      {
        kind: DifferenceKind.POSITION,
        subject: bot.symbol,
        expected: words(inLedger),
        found: words(inSession),
        action: DifferenceAction.HALTED,
      },
    ],
  );
}
