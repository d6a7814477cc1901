import { amountText } from '../../entities/columns/DecimalType.ts';
import { canonical, Decimal } from '../../trading/money.ts';
import { isHalting, RiskAction, RiskLimitType } from '../../trading/risk-limits.ts';
import { DomainError } from '../errors.ts';

/** A limit as a client sends it. */
export interface CreateRiskLimit {
  readonly type: RiskLimitType;
  readonly value?: Decimal | null | undefined;
  readonly action?: RiskAction | null | undefined;
  readonly windowSeconds?: number | null | undefined;
  readonly isActive?: boolean | null | undefined;
  readonly botId?: string | null | undefined;
  readonly strategyId?: string | null | undefined;
  /** Name of an exchange. */
  readonly exchange?: string | null | undefined;
  readonly symbol?: string | null | undefined;
}

/** Absent: unchanged. Null: cleared, where it can be. */
export interface RiskLimitPatch {
  readonly value?: Decimal | null | undefined;
  readonly action?: RiskAction | null | undefined;
  readonly windowSeconds?: number | null | undefined;
  readonly isActive?: boolean | null | undefined;
}

export interface UpdateRiskLimit {
  readonly id: string;
  readonly expectedVersion?: number | null | undefined;
  readonly patch: RiskLimitPatch;
}

/** What a limit says, as it is stored. */
export interface LimitColumns {
  readonly type: RiskLimitType;
  readonly value: Decimal;
  readonly action: RiskAction;
  readonly windowSeconds: number | null;
  readonly symbol: string | null;
}

interface Range {
  /** What the number is, for the message. */
  readonly unit: string;
  readonly min: string;
  readonly max: string;
  readonly whole?: boolean;
  /** The least value is itself not allowed. */
  readonly above?: boolean;
}

const money: Range = { unit: 'an amount in the quote currency', min: '0', max: '1000000000000' };
const count: Range = { unit: 'a whole number', min: '0', max: '1000000', whole: true };

const ranges: Readonly<Record<RiskLimitType, Range>> = {
  MAX_POSITION_VALUE: money,
  MAX_EXPOSURE: money,
  MAX_DAILY_LOSS: { ...money, above: true },
  MAX_DRAWDOWN: { unit: 'percent', min: '0', max: '100', above: true },
  MAX_OPEN_ORDERS: count,
  MAX_ORDERS_PER_MINUTE: count,
  MAX_DAILY_TRADES: count,
  MAX_LEVERAGE: { unit: 'a factor', min: '1', max: '125' },
  COOLDOWN_AFTER_EXIT: { unit: 'seconds', min: '1', max: '2678400', whole: true },
  STOP_LOSS_GUARD: { unit: 'a whole number', min: '1', max: '100', whole: true },
  SYMBOL_LOCK: { unit: 'nothing', min: '0', max: '0' },
};

const longestWindow = 31 * 86_400;
const longestReason = 2000;

/**
 * Checks what a limit says.
 * @param path where it stands in the caller's input
 * @throws DomainError REQUIRED or INVALID naming the value and the limit
 */
export function checkedLimit(
  columns: Omit<LimitColumns, 'value'> & { readonly value: Decimal | null },
  path: readonly string[],
): LimitColumns {
  const { type, action, windowSeconds, symbol } = columns;
  const value = checkedValue(type, columns.value, [...path, 'value']);
  if (action !== RiskAction.BLOCK_ENTRIES && !isHalting(type))
    throw new DomainError(
      'INVALID',
      `a limit of type ${type} refuses single orders and does nothing else: action ${action} is for MAX_DAILY_LOSS, MAX_DRAWDOWN and STOP_LOSS_GUARD`,
      { path: [...path, 'action'], details: { limit: RiskAction.BLOCK_ENTRIES } },
    );
  if (windowSeconds !== null && type !== RiskLimitType.STOP_LOSS_GUARD)
    throw new DomainError('INVALID', `windowSeconds is for STOP_LOSS_GUARD, a limit of type ${type} has none`, {
      path: [...path, 'windowSeconds'],
    });
  if (windowSeconds !== null && (windowSeconds < 1 || windowSeconds > longestWindow))
    throw new DomainError('INVALID', `windowSeconds ${windowSeconds} must be 1 to ${longestWindow}`, {
      path: [...path, 'windowSeconds'],
      details: { limit: String(longestWindow) },
    });
  if (type === RiskLimitType.SYMBOL_LOCK && symbol === null)
    throw new DomainError('REQUIRED', 'a SYMBOL_LOCK needs the symbol that it locks', { path: [...path, 'symbol'] });
  return { ...columns, value };
}

function checkedValue(type: RiskLimitType, given: Decimal | null, path: readonly string[]): Decimal {
  const { unit, min, max, whole = false, above = false } = ranges[type];
  if (given === null && type === RiskLimitType.SYMBOL_LOCK) return new Decimal(0);
  if (given === null) throw new DomainError('REQUIRED', `a limit of type ${type} needs a value, ${unit}`, { path });
  const isOut = given.lt(min) || given.gt(max) || (above && given.lte(min)) || (whole && !given.isInteger());
  if (isOut)
    throw new DomainError(
      'INVALID',
      `value ${canonical(given)} of a limit of type ${type} must be ${unit}, ${above ? `above ${min}, at most ${max}` : `${min} to ${max}`}`,
      { path, details: { limit: given.gt(max) ? max : min } },
    );
  try {
    amountText(given);
  } catch (cause) {
    throw new DomainError('INVALID', `value: ${cause instanceof Error ? cause.message : String(cause)}`, { path, cause });
  }
  return given;
}

/** @throws DomainError REQUIRED or INVALID: whoever halts or releases says why */
export function checkedReason(reason: string, path: readonly string[]): string {
  const text = reason.trim();
  const { length } = [...text];
  if (length === 0) throw new DomainError('REQUIRED', 'the reason is empty: say why, for whoever reads it later', { path });
  if (length > longestReason || text.includes('\0'))
    throw new DomainError('INVALID', `the reason has ${length} characters, the maximum is ${longestReason}`, {
      path,
      details: { limit: String(longestReason) },
    });
  return text;
}
