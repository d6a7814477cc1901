import type { BotState } from '../../entities/trading/BotState.ts';
import type { Order } from '../../entities/trading/Order.ts';
import { slipped } from '../../trading/fills.ts';
import { canonical, type Decimal, decimal } from '../../trading/money.ts';
import type { TradingOptions } from '../../trading/options.ts';
import { OrderSide, OrderStatus, OrderType } from '../../trading/order.ts';
import { ExitReason, PositionSide } from '../../trading/position.ts';
import { type Approval, approve, type BotAccount, type OrderProposal, type RiskRefusal, RiskRule } from '../../trading/risk.ts';
import { OrderLeg, type OrderRequest, type Protection, type SessionEffect, type TradingSession } from '../../trading/session.ts';
import { timeframeMs } from '../../trading/timeframe.ts';
import { DomainError } from '../errors.ts';
import { logLine } from '../events/log-line.ts';
import { ledgerAmount } from '../orders/amounts.ts';
import type { OrderDesk } from '../orders/order-desk.ts';
import { OrderPurpose, purposeOf } from '../orders/signal.ts';
import { botLimitsOf } from './bot-options.ts';
import { type ManualOrder, optionalDecimal } from './manual-order.ts';
import type { FundsDesk } from './funds-desk.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';
import type { ByHand, Guard, WorkingOrders } from './working-orders.ts';

/** What the planner asks of the bot that it plans for. */
export interface Planned {
  readonly session: TradingSession;
  /** Exact quantity of the open position. */
  readonly held: Decimal;
  /** First price of the candle that is forming; undefined until it is seen. */
  readonly openPrice: number | undefined;
  apply(tx: RunnerTransaction, effects: readonly SessionEffect[]): Promise<void>;
  /** Ends a position of which too little is held to be sold. @returns false when there is none such */
  writeOff(tx: RunnerTransaction, reason: ExitReason | null, price: number): Promise<boolean>;
  /** An entry has come to nothing when it was sized; the session knows why. */
  noEntry(tx: RunnerTransaction): void;
  /** Writes into the state row what the session has become. */
  save(state: BotState): void;
}

export interface OrderPlannerParts {
  readonly parts: RunnerParts;
  readonly desk: OrderDesk;
  readonly orders: WorkingOrders;
  readonly options: TradingOptions;
  /** Brings what an entry lacks, where the account has a wallet to bring it from. */
  readonly funds: FundsDesk | undefined;
  readonly transact: <T>(work: (tx: RunnerTransaction) => Promise<T>) => Promise<T>;
  readonly bot: Planned;
}

type Action = () => Promise<void>;

const atOnce: ReadonlySet<ExitReason> = new Set([ExitReason.MANUAL, ExitReason.RISK_LIMIT, ExitReason.TAKE_PROFIT]);

/**
 * Turns what a session wants into orders: sized, approved, written down inside the transaction of the wish, sent after its commit. What was
 * decided at a candle's close is sized and sent at the first price of the next one, as a backtest fills it.
 */
export class OrderPlanner {
  readonly #parts: OrderPlannerParts;
  readonly #candleMs: number;
  /** What rests to sell holds the asset: one guard at a time, and none while something is sold. */
  readonly #isExclusive: boolean;
  #waiting: OrderRequest | undefined;
  #actions: Action[] = [];
  /** The order that was written down last; undefined when it was refused. */
  lastPlaced: Order | undefined;
  /** Why it was refused, if it was. */
  lastRefusals: readonly RiskRefusal[] = [];
  /** Orders that the exchange was asked to take back, and has not answered for. */
  readonly #takingBack = new Set<string>();
  /** A target that the exchange did not take beside its stop: the stop is kept there, the target is watched. */
  #refusedTarget: Decimal | undefined;

  constructor(parts: OrderPlannerParts) {
    this.#parts = parts;
    this.#candleMs = timeframeMs(parts.parts.bot.timeframe);
    this.#isExclusive = parts.parts.exchange.sharesReduceOnly === false;
  }

  /**
   * Whether a price has reached a target that does not rest at the exchange, because the stop holds the asset: whoever watches prices must tell the session.
   */
  isTargetReached(price: number): boolean {
    const { bot, orders } = this.#parts;
    const { position, pending } = bot.session;
    if (!this.#isExclusive || orders.target !== undefined || position.side === 0 || pending !== null) return false;
    const levels = position.protection();
    if (levels === null || levels.stop === null || levels.target === null) return false;
    return levels.positionSide === PositionSide.LONG ? price >= levels.target : price <= levels.target;
  }

  /** A decided order waits for the first price of the next candle. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  get hasActions(): boolean {
    return this.#actions.length > 0;
  }

  /** The next thing to do outside any transaction. */
  nextAction(): Action | undefined {
    return this.#actions.shift();
  }

  /** The session wants an order. */
  async submit(tx: RunnerTransaction, order: OrderRequest): Promise<void> {
    const { openPrice } = this.#parts.bot;
    // A person, a limit or a target that was reached does not wait for a candle.
    if (order.reason !== null && atOnce.has(order.reason)) await this.#place(tx, order, order.referencePrice, undefined);
    else if (openPrice === undefined) this.#waiting = order;
    else await this.#place(tx, order, openPrice, this.#formingTime());
  }

  /** The first price of the next candle is known. */
  async opened(tx: RunnerTransaction, open: number): Promise<void> {
    const order = this.#waiting;
    this.#waiting = undefined;
    if (order) await this.#place(tx, order, open, this.#formingTime());
  }

  /**
   * A decided order that was never sized is given up: its moment has passed.
   * @param leg only one of this leg
   */
  async dropWaiting(tx: RunnerTransaction, leg?: OrderLeg): Promise<void> {
    const order = this.#waiting;
    if (!order || (leg !== undefined && order.leg !== leg)) return;
    this.#waiting = undefined;
    await this.#giveUp(tx, order.leg);
  }

  save(state: BotState): void {
    this.#parts.bot.save(state);
  }

  /** Takes the signal's order back, if it is open. @param isUrgent see `OrderDesk.cancel` */
  cancelPending(isUrgent = false): void {
    const id = this.#parts.orders.pending;
    if (id !== undefined) this.#takeBack(id, isUrgent);
  }

  /**
   * Asks once until `forgetTakingBack`, or an exchange that refuses at once would be asked without a pause. A halt asks although a
   * person has: its request has a connection of its own.
   */
  #takeBack(id: string, isUrgent: boolean): void {
    const request = isUrgent ? `${id}, urgent` : id;
    if (this.#takingBack.has(request)) return;
    this.#takingBack.add(request);
    this.#actions.push(() => this.#parts.desk.cancel(id, isUrgent));
  }

  /** Whether an order by hand of this side would make the position smaller. */
  isReducing(side: OrderSide): boolean {
    const held = this.#parts.bot.session.position.side;
    return held !== 0 && held === (side === OrderSide.SELL ? 1 : -1);
  }

  /**
   * Writes an order of a person down, to be sent after the commit. Against the position it closes a part of it, never more.
   * @param lastPrice what a market order is valued at
   * @returns undefined when it was refused
   * @throws DomainError INVALID when other orders by hand stand in its way
   */
  async byHand(tx: RunnerTransaction, order: ManualOrder, lastPrice: number): Promise<Order | undefined> {
    const { orders, bot, parts } = this.#parts;
    const reduceOnly = this.isReducing(order.side);
    const amount = decimal(order.amount);
    const price = optionalDecimal(order.price);
    const stopPrice = optionalDecimal(order.stopPrice);
    assertRoom([...orders.byHand.values()], { side: order.side, reduceOnly, amount }, bot.held);
    if (reduceOnly && this.#isExclusive && order.type !== OrderType.MARKET)
      throw new DomainError(
        'INVALID',
        `${order.type} would hold what the stop of bot "${parts.bot.name}" has to guard: sell at the MARKET`,
        {
          path: ['input', 'type'],
          details: { limit: OrderType.MARKET },
        },
      );
    if (reduceOnly) this.#freeHoldings();
    const row = await this.#intend(tx, OrderPurpose.MANUAL, reduceOnly ? ExitReason.MANUAL : null, undefined, {
      side: order.side,
      type: order.type,
      amount,
      ...(price && { price }),
      ...(stopPrice && { stopPrice }),
      timeInForce: order.timeInForce,
      reduceOnly,
      referencePrice: price ?? stopPrice ?? ledgerAmount(decimal(lastPrice)),
    });
    if (row) orders.add(row);
    if (row) parts.logger.info({ bot: parts.bot.id, order: row.id }, 'an order was placed by hand');
    return row;
  }

  /**
   * Takes orders by hand back, once each until `forget` is called.
   * @param terms.onlyEntries leaves those that make the position smaller
   * @param terms.isUrgent see `OrderDesk.cancel`
   */
  cancelByHand({ onlyEntries = false, isUrgent = false } = {}): void {
    for (const [id, { reduceOnly }] of this.#parts.orders.byHand) if (!onlyEntries || !reduceOnly) this.#takeBack(id, isUrgent);
  }

  /** What was asked to be taken back and is still open may be asked for once more. */
  forgetTakingBack(): void {
    this.#takingBack.clear();
  }

  /** Sees to it that stop and target stand as the session wants them; null takes both back. */
  async protect(tx: RunnerTransaction, protection: Protection | null): Promise<void> {
    const { orders, bot } = this.#parts;
    // What is being sold cannot be guarded at the same time; if the exit comes to nothing, the session asks again.
    if (this.#isExclusive && bot.session.pending?.leg === OrderLeg.EXIT) return;
    if (protection !== null && !this.#isSellable(protection.stop ?? protection.target ?? 0)) return this.#keepGuards();
    if (protection !== null && this.#fitsPair(protection)) return this.#guardAsPair(tx, protection);
    const stop = protection?.stop ?? null;
    const target = this.#isExclusive && stop !== null ? null : (protection?.target ?? null);
    const before = [orders.stop, orders.target];
    orders.stop = await this.#guard(tx, orders.stop, OrderPurpose.STOP, protection, stop);
    orders.target = await this.#guard(tx, orders.target, OrderPurpose.TARGET, protection, target);
    const after = [orders.stop, orders.target];
    this.#cancel(before.filter((guard) => !after.includes(guard)));
    const placed = after.flatMap((guard) => (guard && !before.includes(guard) ? guard.orderId : []));
    const decidedAt = this.#formingTime();
    if (placed.length > 0) this.#actions.push(() => this.#parts.desk.sendEach(placed, decidedAt));
  }

  #cancel(guards: readonly (Guard | undefined)[], isUrgent = false): void {
    const { desk } = this.#parts;
    const ids = guards.flatMap((guard) => guard?.orderId ?? []);
    // The end of one of a pair is that of the other, which need not be asked for any more.
    if (this.#isExclusive) for (const id of ids) this.#actions.push(() => desk.cancel(id, isUrgent));
    else if (ids.length > 0) this.#actions.push(() => desk.cancelEach(ids, isUrgent));
  }

  /**
   * An order has ended without having filled wholly. When it was the target of a pair that the exchange has refused, the stop goes there alone, at once.
   */
  async ended(tx: RunnerTransaction, { signalKey, status, price }: Order): Promise<void> {
    const { session } = this.#parts.bot;
    if (!this.#isExclusive || status !== OrderStatus.REJECTED || purposeOf(signalKey) !== OrderPurpose.TARGET) return;
    const protection = session.position.protection();
    if (price === null || protection === null || protection.stop === null) return;
    this.#refusedTarget = price;
    await this.protect(tx, protection);
  }

  /** Whether stop and target can stand at the exchange as one, where each alone would hold the asset. */
  #fitsPair({ stop, target }: Protection): boolean {
    const { exchange, rules } = this.#parts.parts;
    if (!this.#isExclusive || !exchange.submitPair || rules.takesPairs === false) return false;
    if (stop === null || target === null || stop <= 0 || target <= 0 || !this.#sellable().gt(0)) return false;
    return !this.#refusedTarget?.eq(ledgerAmount(decimal(target)));
  }

  /** A pair stands and falls as one: when either of the two is not as it should be, both are taken back and placed anew. */
  async #guardAsPair(tx: RunnerTransaction, protection: Protection): Promise<void> {
    const { orders, desk } = this.#parts;
    const amount = this.#sellable();
    const stands = (guard: Guard | undefined, level: number | null): boolean =>
      guard !== undefined && guard.amount.eq(amount) && guard.level.eq(ledgerAmount(decimal(level ?? 0)));
    if (stands(orders.stop, protection.stop) && stands(orders.target, protection.target)) return;
    this.#cancel([orders.stop, orders.target]);
    const stop = await this.#intendGuard(tx, OrderPurpose.STOP, protection, ledgerAmount(decimal(protection.stop ?? 0)));
    const target =
      stop && (await this.#intendGuard(tx, OrderPurpose.TARGET, protection, ledgerAmount(decimal(protection.target ?? 0))));
    orders.stop = stop && guardOf(stop);
    orders.target = target && guardOf(target);
    if (stop && target) this.#actions.push(() => desk.sendPair(stop.id, target.id));
    else if (stop) this.#actions.push(() => desk.send(stop.id));
  }

  /**
   * What stands is better than nothing where no order could take its place, because the market's step or its least value has grown. What would sell
   * more than is held goes.
   */
  #keepGuards(): void {
    const { orders, bot, desk } = this.#parts;
    for (const kind of ['stop', 'target'] as const) {
      const guard = orders[kind];
      if (!guard?.amount.gt(bot.held)) continue;
      this.#actions.push(() => desk.cancel(guard.orderId));
      orders[kind] = undefined;
    }
  }

  /** Takes back what holds the asset that is about to be sold. */
  #freeHoldings(isUrgent = false): void {
    const { orders } = this.#parts;
    if (this.#isExclusive) this.#cancel([orders.stop, orders.target], isUrgent);
  }

  /** What can be sold of what is held: whole steps. */
  #sellable(): Decimal {
    const { bot, parts } = this.#parts;
    const { stepSize } = parts.rules;
    return stepSize.isZero() ? bot.held : bot.held.sub(bot.held.mod(stepSize));
  }

  /** Whether an order can sell what is held. On spot exchanges it has to be worth as much as any other. */
  #isSellable(price: number): boolean {
    const { minNotional } = this.#parts.parts.rules;
    const amount = this.#sellable();
    return amount.gt(0) && (!this.#isExclusive || price <= 0 || amount.mul(price).gte(minNotional));
  }

  /** Why what is held cannot be sold, as a refusal of the order that would. */
  #whyUnsellable(price: number): RiskRefusal {
    const { bot, parts } = this.#parts;
    const { stepSize, minNotional } = parts.rules;
    const isUnderStep = this.#sellable().isZero();
    const held = `what bot "${parts.bot.name}" holds, ${canonical(bot.held)} of ${parts.bot.symbol}`;
    const [limit, value] = isUnderStep ? [stepSize, bot.held] : [minNotional, ledgerAmount(bot.held.mul(price))];
    return {
      rule: isUnderStep ? RiskRule.STEP_SIZE : RiskRule.MIN_NOTIONAL,
      message: isUnderStep
        ? `${held}, is less than the market's step ${canonical(stepSize)}: no order can sell it`
        : `${held}, is worth ${canonical(value)}, less than the market's minimum ${canonical(minNotional)}: no order can sell it`,
      limit: canonical(limit),
      value: canonical(value),
    };
  }

  /** @returns the guard that is to stand: the one that does, or another one that was written down */
  async #guard(
    tx: RunnerTransaction,
    current: Guard | undefined,
    purpose: 'STOP' | 'TARGET',
    protection: Protection | null,
    price: number | null,
  ): Promise<Guard | undefined> {
    const amount = this.#sellable();
    const level = protection === null || price === null || price <= 0 || !amount.gt(0) ? undefined : ledgerAmount(decimal(price));
    if (current && level?.eq(current.level) && amount.eq(current.amount)) return current;
    if (!level || !protection) return undefined;
    const row = await this.#intendGuard(tx, purpose, protection, level);
    return row && guardOf(row);
  }

  #intendGuard(
    tx: RunnerTransaction,
    purpose: 'STOP' | 'TARGET',
    protection: Protection,
    level: Decimal,
  ): Promise<Order | undefined> {
    const isStop = purpose === OrderPurpose.STOP;
    return this.#write(tx, purpose, isStop ? protection.stopReason : ExitReason.TAKE_PROFIT, {
      side: protection.positionSide === PositionSide.LONG ? OrderSide.SELL : OrderSide.BUY,
      type: isStop ? OrderType.STOP : OrderType.LIMIT,
      amount: this.#sellable(),
      ...(isStop ? { stopPrice: level } : { price: level }),
      reduceOnly: true,
      referencePrice: level,
    });
  }

  async #place(
    tx: RunnerTransaction,
    order: OrderRequest,
    open: number,
    decidedAt: number | undefined,
    isPaidFor = false,
  ): Promise<void> {
    const { bot, options, orders, funds } = this.#parts;
    const isEntry = order.leg === OrderLeg.ENTRY;
    const price = slipped(open, order.side === OrderSide.BUY, options.slippagePercent / 100);
    const amount = isEntry ? decimal(bot.session.entryQuantity(price)) : this.#sellable();
    if (!isEntry && !this.#isSellable(price)) {
      if (await bot.writeOff(tx, order.reason, price)) return;
      this.#refused(tx, order.leg, true, [this.#whyUnsellable(price)]);
      return this.#giveUp(tx, order.leg);
    }
    if (isEntry && amount.isZero()) bot.noEntry(tx);
    if (!isEntry) this.#freeHoldings(order.reason === ExitReason.RISK_LIMIT);
    const proposal: OrderProposal = {
      side: order.side,
      type: OrderType.MARKET,
      amount,
      reduceOnly: !isEntry,
      referencePrice: ledgerAmount(decimal(price)),
    };
    // Nothing is moved for an entry that would be refused anyway.
    if (isEntry && !isPaidFor && amount.gt(0) && funds?.isOn && (await this.#approved(tx, proposal)).ok) {
      this.#waiting = order;
      this.#actions.push(() => this.#payFor(funds, order, proposal, open, decidedAt));
      return;
    }
    const row = amount.isZero() ? undefined : await this.#intend(tx, order.leg, order.reason, decidedAt, proposal);
    if (row) orders.pending = row.id;
    else await this.#giveUp(tx, order.leg);
  }

  /** The account has what the entry takes, or is brought it; then the entry is made, or given up with the reason. Meanwhile it waits, and may be dropped. */
  async #payFor(
    funds: FundsDesk,
    order: OrderRequest,
    proposal: OrderProposal,
    open: number,
    decidedAt: number | undefined,
  ): Promise<void> {
    const { rules } = this.#parts.parts;
    const value = proposal.amount.mul(proposal.referencePrice);
    const need = ledgerAmount(value.mul(rules.takerFeeRate.add(1)));
    const until = decidedAt === undefined ? Infinity : decidedAt + this.#candleMs;
    const refusal = await funds.bring({ need, until });
    await this.#parts.transact(async (tx) => {
      if (this.#waiting !== order) return;
      this.#waiting = undefined;
      if (!refusal) return this.#place(tx, order, open, decidedAt, true);
      await this.#notMade(tx, OrderPurpose.ENTRY, proposal, [refusal]);
      await this.#giveUp(tx, order.leg);
    });
  }

  /** Approves and writes down an order, to be sent after the commit. @returns undefined when it was refused */
  async #intend(
    tx: RunnerTransaction,
    purpose: OrderPurpose,
    exitReason: ExitReason | null,
    decidedAt: number | undefined,
    proposal: OrderProposal,
  ): Promise<Order | undefined> {
    const row = await this.#write(tx, purpose, exitReason, proposal);
    if (row) this.#actions.push(() => this.#parts.desk.send(row.id, decidedAt));
    return row;
  }

  /** Approves and writes down an order. @returns undefined when it was refused */
  async #write(
    tx: RunnerTransaction,
    purpose: OrderPurpose,
    exitReason: ExitReason | null,
    proposal: OrderProposal,
  ): Promise<Order | undefined> {
    const { desk, bot } = this.#parts;
    const approval = await this.#approved(tx, proposal);
    if (!approval.ok) {
      await this.#notMade(tx, purpose, proposal, approval.refusals);
      return undefined;
    }
    this.lastRefusals = [];
    const row = await desk.intend(tx, { order: approval.order, purpose, candleTime: bot.session.lastOpenTime ?? 0, exitReason });
    this.lastPlaced = row;
    return row;
  }

  /** As `#refused`; an entry is remembered with its reasons. */
  async #notMade(
    tx: RunnerTransaction,
    purpose: OrderPurpose,
    proposal: OrderProposal,
    refusals: readonly RiskRefusal[],
  ): Promise<void> {
    const { context, risk } = this.#parts.parts;
    this.#refused(tx, purpose, proposal.reduceOnly, refusals);
    if (!proposal.reduceOnly) await risk.remember(tx, context, proposal, refusals);
  }

  /** No order was made, and its owner hears why. */
  #refused(tx: RunnerTransaction, purpose: OrderPurpose, isExit: boolean, refusals: readonly RiskRefusal[]): void {
    const { parts } = this.#parts;
    this.lastPlaced = undefined;
    this.lastRefusals = refusals;
    const reasons = refusals.map(({ message }) => message).join('; ');
    parts.logger.warn({ bot: parts.bot.id, purpose, refusals }, `an order was not made: ${reasons}`);
    const what = `${isExit ? 'a way out' : 'an entry'} of bot "${parts.bot.name}" was refused: ${reasons}`;
    tx.events.push(logLine(parts.context.userId, 'WARN', what, { botId: parts.bot.id }, parts.clock.now()));
  }

  /** An entry is looked at with the limits of the bot's owner too; a way out never is. */
  async #approved(tx: RunnerTransaction, proposal: OrderProposal): Promise<Approval> {
    const { risk, bot, rules, context, exchange } = this.#parts.parts;
    const limits = botLimitsOf(bot, rules);
    if (proposal.reduceOnly) return approve(proposal, limits, this.#account());
    this.save(tx.state);
    return approve(proposal, limits, this.#account(), await risk.oversee(tx, context, exchange.now()));
  }

  /** What the ledger and the session say that the bot has, for the last look at an order. */
  #account(): BotAccount {
    const { session, held } = this.#parts.bot;
    const { position, dailyTrades, dailyPnl, balance } = session;
    const tiedUp = position.side === 0 ? 0 : position.margin;
    const dayStart = session.state().guard?.dayStartEquity ?? session.options.initialCapital;
    return {
      available: ledgerAmount(decimal(balance - tiedUp)),
      dayStartEquity: decimal(dayStart),
      dailyPnl: decimal(dailyPnl),
      dailyTrades,
      positionSide: position.side === 0 ? null : position.side > 0 ? PositionSide.LONG : PositionSide.SHORT,
      positionQuantity: held,
    };
  }

  async #giveUp(tx: RunnerTransaction, leg: OrderLeg): Promise<void> {
    const { bot } = this.#parts;
    await bot.apply(tx, bot.session.handle({ type: 'ORDER_ENDED', leg }));
  }

  /** Open time of the candle that is forming: from then on, orders decided at the last close live. */
  #formingTime(): number | undefined {
    const last = this.#parts.bot.session.lastOpenTime;
    return last === undefined ? undefined : last + this.#candleMs;
  }
}

function guardOf({ id, stopPrice, price, amount }: Order): Guard {
  return { orderId: id, level: stopPrice ?? price ?? amount, amount };
}

/** For messages: what is held, as people write it. */
export function heldText(held: Decimal, side: PositionSide | null): string {
  return side === null ? 'nothing' : `${canonical(held)} ${side}`;
}

/** Orders by hand may not contradict each other: all entries go one way, and no more is closed than is held. */
function assertRoom(open: readonly ByHand[], { side, reduceOnly, amount }: ByHand, held: Decimal): void {
  const path = ['input', reduceOnly ? 'amount' : 'side'];
  const other = open.find((order) => !order.reduceOnly && order.side !== side);
  if (!reduceOnly && other)
    throw new DomainError('INVALID', `an entry to ${other.side} is open: cancel it before an entry to ${side}`, { path });
  if (!reduceOnly) return;
  const taken = open.reduce((sum, order) => (order.reduceOnly ? sum.add(order.amount) : sum), decimal(0));
  if (taken.add(amount).lte(held)) return;
  throw new DomainError(
    'INVALID',
    `amount ${canonical(amount)} with ${canonical(taken)} of open orders exceeds what is held, ${canonical(held)}`,
    { path, details: { limit: canonical(held) } },
  );
}
