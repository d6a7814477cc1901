import { canonical, Decimal } from './money.ts';
import { OrderSide, type OrderType, type TimeInForce } from './order.ts';
import { MarketType, PositionSide } from './position.ts';
import { breachOf, type MeasuredLimit, RiskLimitType } from './risk-limits.ts';

/** An order that a bot wants to send, before anybody has looked at it. Exact decimals; amounts in base, prices in quote currency. */
export interface OrderProposal {
  readonly side: OrderSide;
  readonly type: OrderType;
  readonly amount: Decimal;
  /** Limit price of LIMIT and STOP_LIMIT. */
  readonly price?: Decimal;
  /** Trigger of STOP and STOP_LIMIT. */
  readonly stopPrice?: Decimal;
  readonly timeInForce?: TimeInForce;
  /** Can only make a position smaller: limits on entries do not apply to it. */
  readonly reduceOnly: boolean;
  /** What a market order is valued at: the price it was decided on. */
  readonly referencePrice: Decimal;
}

/** The bot's own limits. Percentages mean percent of the equity that the UTC day began with; null: no limit. */
export interface BotLimits {
  readonly botName: string;
  readonly marketType: MarketType;
  readonly leverage: Decimal;
  readonly maxDailyLossPercent: Decimal | null;
  readonly dailyTargetPercent: Decimal | null;
  readonly maxDailyTrades: number | null;
  /** Of the market: multiples of the step only, and never less than the notional. */
  readonly stepSize: Decimal;
  readonly minNotional: Decimal;
}

/** What the bot has and has done, as its ledger says. */
export interface BotAccount {
  /** Capital that is not tied up, in quote currency. */
  readonly available: Decimal;
  readonly dayStartEquity: Decimal;
  /** Since the UTC day began, open profit and loss included. */
  readonly dailyPnl: Decimal;
  /** Entries since the UTC day began. */
  readonly dailyTrades: number;
  /** Null while flat. */
  readonly positionSide: PositionSide | null;
  readonly positionQuantity: Decimal;
}

/** Which rule an order broke. */
export const RiskRule = {
  ...RiskLimitType,
  AMOUNT: 'AMOUNT',
  STEP_SIZE: 'STEP_SIZE',
  MIN_NOTIONAL: 'MIN_NOTIONAL',
  REDUCE_ONLY: 'REDUCE_ONLY',
  LONG_ONLY: 'LONG_ONLY',
  AVAILABLE_CAPITAL: 'AVAILABLE_CAPITAL',
  DAILY_TARGET: 'DAILY_TARGET',
  /** The account's wallet has too little, and more could not be brought. */
  WALLET_FUNDS: 'WALLET_FUNDS',
  /** A person has halted the account or the bot. */
  KILL_SWITCH: 'KILL_SWITCH',
} as const;
export type RiskRule = (typeof RiskRule)[keyof typeof RiskRule];

/** Why an order may not be sent: data, not an exception, since a refused order is an outcome. */
export interface RiskRefusal {
  readonly rule: RiskRule;
  /** Names the thing, the limit and the value. */
  readonly message: string;
  readonly limit: string;
  readonly value: string;
  /** The risk limit that it was, where it is not one of the bot's own. */
  readonly limitId?: string;
}

/** What is beyond the bot itself: limits of its owner that cover it, and a halt that a person has called. */
export interface Oversight {
  readonly limits: readonly MeasuredLimit[];
  /** Why entries are halted by hand; null while they are not. */
  readonly killReason: string | null;
}

const noOversight: Oversight = { limits: [], killReason: null };

declare const approved: unique symbol;

/** An order that passed every rule. Only `approve` makes one, and only an approved order can be sent. */
export interface ApprovedOrder extends OrderProposal {
  readonly [approved]: true;
}

export type Approval =
  | { readonly ok: true; readonly order: ApprovedOrder }
  | { readonly ok: false; readonly refusals: readonly RiskRefusal[] };

const hundred = new Decimal(100);

/** The price that an order is valued at. */
function valuationPrice({ price, stopPrice, referencePrice }: OrderProposal): Decimal {
  return price ?? stopPrice ?? referencePrice;
}

function refusal(rule: RiskRule, message: string, limit: Decimal | number, value: Decimal | number): RiskRefusal {
  return { rule, message, limit: canonical(new Decimal(limit)), value: canonical(new Decimal(value)) };
}

function checkMarket(order: OrderProposal, limits: BotLimits): RiskRefusal[] {
  const { amount } = order;
  const { botName, stepSize, minNotional } = limits;
  const found: RiskRefusal[] = [];
  if (!amount.gt(0))
    found.push(refusal(RiskRule.AMOUNT, `amount ${canonical(amount)} of bot "${botName}" must be above 0`, 0, amount));
  if (!stepSize.isZero() && !amount.mod(stepSize).isZero())
    found.push(
      refusal(
        RiskRule.STEP_SIZE,
        `amount ${canonical(amount)} of bot "${botName}" is not a multiple of the market's step ${canonical(stepSize)}`,
        stepSize,
        amount,
      ),
    );
  const value = amount.mul(valuationPrice(order));
  if (!order.reduceOnly && value.lt(minNotional))
    found.push(
      refusal(
        RiskRule.MIN_NOTIONAL,
        `order value ${canonical(value)} of bot "${botName}" is under the market's minimum ${canonical(minNotional)}`,
        minNotional,
        value,
      ),
    );
  return found;
}

function checkExit({ side, amount }: OrderProposal, { botName }: BotLimits, account: BotAccount): RiskRefusal[] {
  const reduces = account.positionSide === (side === OrderSide.SELL ? PositionSide.LONG : PositionSide.SHORT);
  const held = reduces ? account.positionQuantity : new Decimal(0);
  if (amount.lte(held)) return [];
  const message = `a closing order of ${canonical(amount)} exceeds what bot "${botName}" holds, ${canonical(held)}`;
  return [refusal(RiskRule.REDUCE_ONLY, message, held, amount)];
}

function checkEntry(order: OrderProposal, limits: BotLimits, account: BotAccount): RiskRefusal[] {
  const { botName, marketType, leverage, maxDailyLossPercent, dailyTargetPercent, maxDailyTrades } = limits;
  const { available, dailyPnl, dayStartEquity, dailyTrades } = account;
  const found: RiskRefusal[] = [];
  if (marketType === MarketType.SPOT && order.side === OrderSide.SELL)
    found.push(
      refusal(RiskRule.LONG_ONLY, `bot "${botName}" trades on the spot market, where nothing can be sold short`, 0, order.amount),
    );
  const margin = order.amount.mul(valuationPrice(order)).div(leverage);
  if (margin.gt(available)) {
    const message = `an order that ties up ${canonical(margin.toDecimalPlaces(18))} exceeds the available capital ${canonical(available)} of bot "${botName}"`;
    found.push(refusal(RiskRule.AVAILABLE_CAPITAL, message, available, margin.toDecimalPlaces(18)));
  }
  const dayPercent = dayStartEquity.gt(0) ? dailyPnl.div(dayStartEquity).mul(hundred) : new Decimal(0);
  const shown = canonical(dayPercent.toDecimalPlaces(4));
  if (maxDailyLossPercent !== null && dayPercent.lte(maxDailyLossPercent.neg())) {
    const message = `today's result ${shown} % of bot "${botName}" has reached its daily loss limit of ${canonical(maxDailyLossPercent)} %`;
    found.push(refusal(RiskRule.MAX_DAILY_LOSS, message, maxDailyLossPercent, dayPercent.neg()));
  }
  if (dailyTargetPercent !== null && dayPercent.gte(dailyTargetPercent)) {
    const message = `today's result ${shown} % of bot "${botName}" has reached its daily target of ${canonical(dailyTargetPercent)} %`;
    found.push(refusal(RiskRule.DAILY_TARGET, message, dailyTargetPercent, dayPercent));
  }
  if (maxDailyTrades !== null && dailyTrades >= maxDailyTrades) {
    const message = `bot "${botName}" has made ${dailyTrades} entries today, its limit is ${maxDailyTrades}`;
    found.push(refusal(RiskRule.MAX_DAILY_TRADES, message, maxDailyTrades, dailyTrades));
  }
  return found;
}

function checkOversight(order: OrderProposal, { leverage }: BotLimits, { limits, killReason }: Oversight): RiskRefusal[] {
  const found: RiskRefusal[] = [];
  const value = order.amount.mul(valuationPrice(order));
  if (killReason !== null)
    found.push(refusal(RiskRule.KILL_SWITCH, `the kill switch has halted entries until it is released: ${killReason}`, 0, value));
  for (const measured of limits) {
    const breach = breachOf(measured, { value, leverage });
    if (breach)
      found.push({
        ...refusal(measured.limit.type, breach.message, breach.limit, breach.value),
        limitId: measured.limit.id,
      });
  }
  return found;
}

/**
 * Looks at an order before it is sent, paper or live. All rules are checked, so that every reason is told at once.
 * Orders that only reduce a position are held to the market's rules and to what is held, never to limits on entries: getting out must always be possible.
 */
export function approve(
  order: OrderProposal,
  limits: BotLimits,
  account: BotAccount,
  oversight: Oversight = noOversight,
): Approval {
  const market = checkMarket(order, limits);
  const rest = order.reduceOnly
    ? checkExit(order, limits, account)
    : [...checkEntry(order, limits, account), ...checkOversight(order, limits, oversight)];
  const refusals = [...market, ...rest];
  return refusals.length > 0 ? { ok: false, refusals } : { ok: true, order: order as ApprovedOrder };
}
