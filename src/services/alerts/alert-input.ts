import { amountText } from '../../entities/columns/DecimalType.ts';
import { ParameterError } from '../../trading/errors.ts';
import { canonical, type Decimal } from '../../trading/money.ts';
import { compileRules, type Condition, readRules } from '../../trading/rules/index.ts';
import { bindStrategy } from '../../trading/strategy.ts';
import type { Timeframe } from '../../trading/timeframe.ts';
import { DomainError } from '../errors.ts';
import { inputChecked } from '../input-checks.ts';
import type { AlertCondition, MoveDirection, PnlMeasure, PriceDirection, Side, WarningLevel } from './conditions.ts';

/** A market by its id, or by the name of its exchange and its symbol. */
export type MarketReference = { readonly id: string } | { readonly exchange: string; readonly symbol: string };

/** A condition as a client sends it: exactly one of these. Bots are row ids. */
export interface AlertConditionInput {
  readonly price?: { market: MarketReference; direction: PriceDirection; price: Decimal } | null | undefined;
  readonly move?:
    | { market: MarketReference; direction?: MoveDirection | null | undefined; percent: Decimal; windowSeconds: number }
    | null
    | undefined;
  /** `rule` is a tree that nobody has looked at yet. */
  readonly indicator?: { market: MarketReference; timeframe: Timeframe; rule: unknown } | null | undefined;
  readonly pnl?: { botId: string; measure?: PnlMeasure | null | undefined; direction: Side; amount: Decimal } | null | undefined;
  readonly drawdown?: { botId: string; percent: Decimal } | null | undefined;
  readonly botError?: { botId?: string | null | undefined } | null | undefined;
  readonly orderFilled?: { botId?: string | null | undefined } | null | undefined;
  readonly warning?: { botId?: string | null | undefined; level?: WarningLevel | null | undefined } | null | undefined;
}

export interface CreateAlert {
  readonly name: string;
  readonly condition: AlertConditionInput;
  readonly cooldownSeconds?: number | null | undefined;
  readonly hysteresis?: Decimal | null | undefined;
  readonly isActive?: boolean | null | undefined;
}

/** Absent: unchanged. Null: the default again, where there is one. */
export interface AlertPatch {
  readonly name?: string | null | undefined;
  readonly condition?: AlertConditionInput | null | undefined;
  readonly cooldownSeconds?: number | null | undefined;
  readonly hysteresis?: Decimal | null | undefined;
  readonly isActive?: boolean | null | undefined;
}

export interface UpdateAlert {
  readonly id: string;
  readonly expectedVersion?: number | null | undefined;
  readonly patch: AlertPatch;
}

/** What is waited for, and of which market or bot. */
export interface CheckedCondition {
  readonly condition: AlertCondition;
  readonly market: MarketReference | null;
  readonly botId: string | null;
  /** Under which name it was given. */
  readonly key: keyof AlertConditionInput;
}

type Path = readonly string[];

const longestCooldown = 31 * 86_400;
const longestWindow = 86_400;
const mostMoney = '1000000000000';

/**
 * Reads the one condition that is given.
 * @throws DomainError REQUIRED or INVALID naming the value and the limit
 */
export function checkedCondition(input: AlertConditionInput, path: Path): CheckedCondition {
  const given = (Object.keys(input) as (keyof AlertConditionInput)[]).filter((name) => input[name] != null);
  const [key] = given;
  if (key === undefined || given.length > 1)
    throw new DomainError('REQUIRED', `an alert needs exactly one condition, not ${given.join(' and ') || 'none'}`, { path });
  const { condition, market = null, botId = null } = read(input, key, [...path, key]);
  return { condition, market, botId, key };
}

function read(
  { price, move, indicator, pnl, drawdown, botError, orderFilled, warning }: AlertConditionInput,
  key: keyof AlertConditionInput,
  at: Path,
): { condition: AlertCondition; market?: MarketReference; botId?: string | null | undefined } {
  if (price) {
    const level = between('price', price.price, { above: '0', max: mostMoney }, [...at, 'price']);
    return { market: price.market, condition: { kind: 'PRICE', direction: price.direction, price: level } };
  }
  if (move) {
    const { direction, windowSeconds } = move;
    const max = direction === 'FALL' ? '100' : '1000';
    const percent = between('percent', move.percent, { above: '0', max }, [...at, 'percent']);
    whole('windowSeconds', windowSeconds, [60, longestWindow], [...at, 'windowSeconds']);
    return { market: move.market, condition: { kind: 'MOVE', direction: direction ?? 'EITHER', percent, windowSeconds } };
  }
  if (indicator) {
    const rule = checkedRule(indicator.rule, [...at, 'rule']);
    return { market: indicator.market, condition: { kind: 'INDICATOR', timeframe: indicator.timeframe, rule } };
  }
  if (pnl) {
    const amount = between('amount', pnl.amount, { min: `-${mostMoney}`, max: mostMoney }, [...at, 'amount']);
    return {
      botId: pnl.botId,
      condition: { kind: 'PNL', measure: pnl.measure ?? 'POSITION', direction: pnl.direction, amount },
    };
  }
  if (drawdown) {
    const percent = between('percent', drawdown.percent, { above: '0', max: '100' }, [...at, 'percent']);
    return { botId: drawdown.botId, condition: { kind: 'DRAWDOWN', percent } };
  }
  if (key === 'botError') return { botId: botError?.botId, condition: { kind: 'BOT_ERROR' } };
  if (key === 'orderFilled') return { botId: orderFilled?.botId, condition: { kind: 'ORDER_FILLED' } };
  return { botId: warning?.botId, condition: { kind: 'WARNING', level: warning?.level ?? 'WARN' } };
}

/** A condition of rules, as a strategy's way in is read: same limits, same messages. */
function checkedRule(input: unknown, path: Path): Condition {
  return inputChecked(() => {
    try {
      const rules = readRules({ enterLong: input }, path);
      bindStrategy(compileRules(rules), {}, path);
      return rules.enterLong as Condition;
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
      // Nobody who wrote an alert has written of entering.
      const at = error.path.filter((part, index) => index !== path.length || part !== 'enterLong');
      if (input === null || input === undefined) throw new ParameterError('rule is missing: say what must be true', path);
      throw new ParameterError(error.message, at, error.details);
    }
  });
}

/** The shortest rest between two triggers that an alert has unless told: events are told each, what is measured hovers. */
export function defaultCooldown({ kind }: AlertCondition): number {
  return kind === 'BOT_ERROR' || kind === 'ORDER_FILLED' || kind === 'WARNING' ? 0 : 60;
}

/** @throws DomainError INVALID naming the value and the limit */
export function checkedCooldown(seconds: number, path: Path): number {
  return whole('cooldownSeconds', seconds, [0, longestCooldown], path);
}

/** @throws DomainError INVALID when it is out of range, or the condition has none */
export function checkedHysteresis(value: Decimal, condition: AlertCondition, path: Path): Decimal {
  const max = mostHysteresis(condition);
  if (max === null && !value.isZero())
    throw new DomainError(
      'INVALID',
      `hysteresis ${canonical(value)} is for conditions with a value that comes back; ${condition.kind} has none, so it must be 0`,
      { path, details: { limit: '0' } },
    );
  between('hysteresis', value, { min: '0', max: max ?? '0' }, path);
  return value;
}

function mostHysteresis(condition: AlertCondition): string | null {
  switch (condition.kind) {
    case 'PRICE':
      return '50';
    case 'MOVE':
    case 'DRAWDOWN':
      return condition.percent;
    case 'PNL':
      return mostMoney;
    default:
      return null;
  }
}

function between(
  what: string,
  value: Decimal,
  { min, above, max }: { min?: string; above?: string; max: string },
  path: Path,
): string {
  const isOut = value.gt(max) || (min !== undefined && value.lt(min)) || (above !== undefined && value.lte(above));
  if (isOut)
    throw new DomainError(
      'INVALID',
      `${what} ${canonical(value)} must be ${above === undefined ? `${min} to ${max}` : `above ${above}, at most ${max}`}`,
      { path, details: { limit: value.gt(max) ? max : (above ?? min) } },
    );
  try {
    return amountText(value);
  } catch (cause) {
    throw new DomainError('INVALID', `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { path, cause });
  }
}

function whole(what: string, value: number, [min, max]: readonly [number, number], path: Path): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new DomainError('INVALID', `${what} ${value} must be a whole number from ${min} to ${max}`, {
    path,
    details: { limit: String(value > max ? max : min) },
  });
}
