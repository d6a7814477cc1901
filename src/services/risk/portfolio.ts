import { ClosedTrade } from '../../entities/trading/ClosedTrade.ts';
import { Bot } from '../../entities/trading/Bot.ts';
import { BotState } from '../../entities/trading/BotState.ts';
import { Order, openOrderStatuses } from '../../entities/trading/Order.ts';
import { Position } from '../../entities/trading/Position.ts';
import { TradingMode } from '../../trading/bot.ts';
import { Decimal, decimal } from '../../trading/money.ts';
import { OrderStatus } from '../../trading/order.ts';
import { ExitReason } from '../../trading/position.ts';
import type { Rows } from '../database/index.ts';
import { covers, type LimitScope, quoteOf, type RiskPlace } from './scope.ts';

const zero = new Decimal(0);
const minuteMs = 60_000;
const most = 10_000;
const stopReasons: ReadonlySet<ExitReason> = new Set([ExitReason.STOP_LOSS, ExitReason.TRAILING_STOP, ExitReason.LIQUIDATION]);

/** The day's and the whole result of some bots, in quote currency. */
export interface Result {
  readonly dailyPnl: Decimal;
  /** Entries since the UTC day began. */
  readonly dailyTrades: number;
  /** Since each of them began. */
  readonly pnl: Decimal;
  /** What they began with. */
  readonly capital: Decimal;
}

/**
 * What all bots of one person hold and have done, as the transaction sees it; read when it is first asked for. Paper and live money are
 * apart, and so are quote currencies: of either, only what is like the place asked about counts.
 */
export class Portfolio {
  readonly #rows: Rows;
  readonly #place: RiskPlace;
  readonly #now: number;
  #bots: Promise<readonly BotRow[]> | undefined;
  #positions: Promise<readonly PositionRow[]> | undefined;
  #open: Promise<readonly OpenRow[]> | undefined;

  constructor(rows: Rows, place: RiskPlace, now: number) {
    this.#rows = rows;
    this.#place = place;
    this.#now = now;
  }

  /** The UTC day, as the exchange's clock has it. */
  get day(): string {
    return new Date(this.#now).toISOString().slice(0, 10);
  }

  /** Which of its measurings belong together: money of one kind, in one currency. */
  get book(): string {
    return `${this.#place.isPaper ? 'PAPER' : 'LIVE'}:${quoteOf(this.#place.symbol)}`;
  }

  /** Value of the open positions that a scope covers, with what is not filled yet of entries under way. */
  async exposure(scope: LimitScope): Promise<Decimal> {
    const ids = await this.#covered(scope);
    const held = (await this.#openPositions()).filter(({ botId }) => ids.has(botId));
    const coming = (await this.#openOrders()).filter(({ botId, reduceOnly }) => ids.has(botId) && !reduceOnly);
    return held.reduce(
      (sum, position) => sum.add(valueOf(position)),
      coming.reduce((sum, order) => sum.add(leftOf(order)), zero),
    );
  }

  /** The same of the bot that is asked about. */
  positionValue(): Promise<Decimal> {
    return this.exposure({ botId: this.#place.botId, strategyId: null, exchangeId: null, symbol: null });
  }

  async openOrders(scope: LimitScope): Promise<number> {
    const ids = await this.#covered(scope);
    return (await this.#openOrders()).filter(({ botId }) => ids.has(botId)).length;
  }

  /** Entries handed to the exchange, or about to be, within the last minute. */
  async ordersLastMinute(scope: LimitScope): Promise<number> {
    const bots = [...(await this.#covered(scope))] as string[];
    const recent = { submittedAt: { gt: new Date(this.#now - minuteMs) } };
    const { value } = await this.#rows.countUpTo(
      Order,
      { botId: { in: bots }, reduceOnly: { eq: false }, or: [recent, { status: { eq: OrderStatus.INTENT } }] },
      most,
    );
    return value;
  }

  async result(scope: LimitScope): Promise<Result> {
    const ids = await this.#covered(scope);
    const bots = (await this.#allBots()).filter(({ id }) => ids.has(id));
    const states = await this.#rows.byIds(BotState, [...ids] as string[], stateFields, 'botId');
    let result: Result = { dailyPnl: zero, dailyTrades: 0, pnl: zero, capital: zero };
    for (const { id, initialCapital } of bots) {
      const state = states.get(id);
      if (!state || state.equity === null) continue;
      const isToday = state.dailyDate === this.day;
      result = {
        dailyPnl: isToday ? result.dailyPnl.add(state.dailyPnl) : result.dailyPnl,
        dailyTrades: result.dailyTrades + (isToday ? state.dailyTradesCount : 0),
        pnl: result.pnl.add(state.equity).sub(initialCapital),
        capital: result.capital.add(initialCapital),
      };
    }
    return result;
  }

  /** Entries that nothing of has been filled yet. */
  async enteringOrders(scope: LimitScope): Promise<number> {
    const ids = await this.#covered(scope);
    return (await this.#openOrders()).filter(
      ({ botId, reduceOnly, filledAmount }) => ids.has(botId) && !reduceOnly && decimal(filledAmount).isZero(),
    ).length;
  }

  /** Seconds since the last round trip ended; null when there was none. */
  async secondsSinceExit(scope: LimitScope): Promise<Decimal | null> {
    const botIds = [...(await this.#covered(scope))] as string[];
    const last = await this.#rows.first(ClosedTrade, {
      fields: ['closedAt'],
      where: { botId: { in: botIds } },
      orderBy: [{ field: 'closedAt', direction: 'DESC' }],
    });
    return last && new Decimal(Math.max(0, this.#now - last.closedAt.getTime())).div(1000);
  }

  /**
   * How many of the latest round trips in a row ended at their stops.
   * @param after id of a round trip; only those written after it count
   */
  async stopsInARow(scope: LimitScope, count: number, windowSeconds: number | null, after: string | undefined): Promise<number> {
    const botIds = [...(await this.#covered(scope))] as string[];
    const latest = await this.#rows.list(ClosedTrade, {
      fields: ['exitReason'],
      where: {
        botId: { in: botIds },
        ...(after !== undefined && { id: { gt: after } }),
        ...(windowSeconds !== null && { closedAt: { gte: new Date(this.#now - windowSeconds * 1000) } }),
      },
      orderBy: [{ field: 'closedAt', direction: 'DESC' }],
      limit: count,
    });
    const firstOther = latest.findIndex(({ exitReason }) => !stopReasons.has(exitReason));
    return firstOther < 0 ? latest.length : firstOther;
  }

  /** Bots that a scope covers, with the same kind of money as the place asked about. */
  async #covered(scope: LimitScope): Promise<ReadonlySet<string | null>> {
    const { isPaper, symbol } = this.#place;
    const mode = isPaper ? TradingMode.PAPER : TradingMode.LIVE;
    const bots = (await this.#allBots()).filter(
      (bot) => bot.mode === mode && quoteOf(bot.symbol) === quoteOf(symbol) && covers(scope, { ...bot, botId: bot.id }),
    );
    return new Set<string | null>(bots.map(({ id }) => id));
  }

  #allBots(): Promise<readonly BotRow[]> {
    return (this.#bots ??= this.#rows.list(Bot, { fields: botFields, limit: most }));
  }

  #openPositions(): Promise<readonly PositionRow[]> {
    return (this.#positions ??= this.#rows.list(Position, {
      fields: positionFields,
      where: { isOpen: { eq: true } },
      limit: most,
    }));
  }

  #openOrders(): Promise<readonly OpenRow[]> {
    return (this.#open ??= this.#rows.list(Order, {
      fields: orderFields,
      where: { status: { in: openOrderStatuses } },
      limit: most,
    }));
  }
}

const botFields = ['id', 'strategyId', 'exchangeId', 'symbol', 'mode', 'initialCapital'] as const;
const stateFields = ['dailyDate', 'dailyPnl', 'dailyTradesCount', 'equity'] as const;
const positionFields = ['botId', 'quantity', 'currentPrice'] as const;
const orderFields = ['botId', 'reduceOnly', 'amount', 'filledAmount', 'referencePrice'] as const;

interface BotRow {
  readonly id: string;
  readonly strategyId: string;
  readonly exchangeId: string;
  readonly symbol: string;
  readonly mode: TradingMode;
  readonly initialCapital: string;
}
interface PositionRow {
  readonly botId: string | null;
  readonly quantity: string;
  readonly currentPrice: string;
}
interface OpenRow {
  readonly botId: string | null;
  readonly reduceOnly: boolean;
  readonly amount: string;
  readonly filledAmount: string;
  readonly referencePrice: string | null;
}

function valueOf({ quantity, currentPrice }: PositionRow): Decimal {
  return decimal(quantity).mul(currentPrice);
}

function leftOf({ amount, filledAmount, referencePrice }: OpenRow): Decimal {
  return referencePrice === null ? zero : Decimal.max(zero, decimal(amount).sub(filledAmount)).mul(referencePrice);
}
