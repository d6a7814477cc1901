import { canonical, type Decimal, decimal } from '../../trading/money.ts';
import { type OrderSide, OrderType, TimeInForce } from '../../trading/order.ts';
import { amountText } from '../../entities/columns/DecimalType.ts';
import { type RiskRefusal, RiskRule } from '../../trading/risk.ts';
import { DomainError, type UserErrorCode } from '../errors.ts';

/** The built-in strategy of bots that take orders by hand. */
export const manualStrategy = 'manual';

/** An order by hand as a client sends it. */
export interface PlaceOrder {
  readonly idempotencyKey: string;
  /** A bot with the strategy `manual`. */
  readonly botId: string;
  readonly side: OrderSide;
  readonly type: OrderType;
  readonly amount: Decimal;
  readonly price?: Decimal | null | undefined;
  readonly stopPrice?: Decimal | null | undefined;
  readonly timeInForce?: TimeInForce | null | undefined;
}

/** The same in the row that takes it to the runner: decimals as canonical text. */
export interface ManualOrder {
  readonly side: OrderSide;
  readonly type: OrderType;
  readonly amount: string;
  readonly price: string | null;
  readonly stopPrice: string | null;
  readonly timeInForce: TimeInForce;
}

/**
 * Checks what can be checked without market and ledger.
 * @throws DomainError REQUIRED or INVALID naming the value and the limit
 */
export function checkedOrder(input: PlaceOrder): ManualOrder {
  const { side, type } = input;
  const timeInForce = input.timeInForce ?? TimeInForce.GTC;
  if (timeInForce !== TimeInForce.GTC && type !== OrderType.LIMIT)
    throw new DomainError('INVALID', `timeInForce ${timeInForce} is for LIMIT orders, not ${type}`, {
      path: ['input', 'timeInForce'],
      details: { limit: TimeInForce.GTC },
    });
  const hasPrice = type === OrderType.LIMIT || type === OrderType.STOP_LIMIT;
  const hasStop = type === OrderType.STOP || type === OrderType.STOP_LIMIT;
  return {
    side,
    type,
    timeInForce,
    amount: positive('amount', input.amount),
    price: level('price', type, hasPrice, input.price),
    stopPrice: level('stopPrice', type, hasStop, input.stopPrice),
  };
}

function level(name: string, type: OrderType, isWanted: boolean, value: Decimal | null | undefined): string | null {
  const path = ['input', name];
  if (value === null || value === undefined) {
    if (isWanted) throw new DomainError('REQUIRED', `a ${type} order needs ${name}`, { path });
    return null;
  }
  if (!isWanted) throw new DomainError('INVALID', `a ${type} order takes no ${name}`, { path });
  return positive(name, value);
}

function positive(name: string, value: Decimal): string {
  const path = ['input', name];
  if (!value.gt(0))
    throw new DomainError('INVALID', `${name} ${canonical(value)} must be above 0`, { path, details: { limit: '0' } });
  try {
    amountText(value);
  } catch (cause) {
    throw new DomainError('INVALID', `${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { path, cause });
  }
  return canonical(value);
}

export function optionalDecimal(text: string | null): Decimal | undefined {
  return text === null ? undefined : decimal(text);
}

const codes: Partial<Record<RiskRule, UserErrorCode>> = {
  [RiskRule.AMOUNT]: 'INVALID',
  [RiskRule.STEP_SIZE]: 'INVALID',
  [RiskRule.MIN_NOTIONAL]: 'INVALID',
  [RiskRule.REDUCE_ONLY]: 'INVALID',
  [RiskRule.LONG_ONLY]: 'INVALID',
  [RiskRule.AVAILABLE_CAPITAL]: 'INSUFFICIENT_BALANCE',
};

/** Why an order by hand was not made, for whoever placed it. */
export function refusedByRisk(refusals: readonly RiskRefusal[]): DomainError {
  const [{ rule, limit, value }] = refusals;
  const message = refusals.map((refusal) => refusal.message).join('; ');
  const code = codes[rule] ?? 'RISK_LIMIT_EXCEEDED';
  return new DomainError(code, message, { path: ['input', 'amount'], details: { limit, attempted: value } });
}
