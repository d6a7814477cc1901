import { canonical, type Decimal } from './money.ts';

/** What a limit bounds. */
export const RiskLimitType = {
  MAX_POSITION_VALUE: 'MAX_POSITION_VALUE',
  MAX_EXPOSURE: 'MAX_EXPOSURE',
  MAX_DAILY_LOSS: 'MAX_DAILY_LOSS',
  MAX_DRAWDOWN: 'MAX_DRAWDOWN',
  MAX_OPEN_ORDERS: 'MAX_OPEN_ORDERS',
  MAX_ORDERS_PER_MINUTE: 'MAX_ORDERS_PER_MINUTE',
  MAX_DAILY_TRADES: 'MAX_DAILY_TRADES',
  MAX_LEVERAGE: 'MAX_LEVERAGE',
  COOLDOWN_AFTER_EXIT: 'COOLDOWN_AFTER_EXIT',
  STOP_LOSS_GUARD: 'STOP_LOSS_GUARD',
  SYMBOL_LOCK: 'SYMBOL_LOCK',
} as const;
export type RiskLimitType = (typeof RiskLimitType)[keyof typeof RiskLimitType];

/** What a halt does; each includes the ones before. */
export const RiskAction = { BLOCK_ENTRIES: 'BLOCK_ENTRIES', CANCEL_ORDERS: 'CANCEL_ORDERS', FLATTEN: 'FLATTEN' } as const;
export type RiskAction = (typeof RiskAction)[keyof typeof RiskAction];

const severity = Object.values(RiskAction);

/** Whether a halt of one kind includes what another one does. */
export function includesAction(action: RiskAction | null, other: RiskAction): boolean {
  return action !== null && severity.indexOf(action) >= severity.indexOf(other);
}

/** The sharpest of several halts; null for none. */
export function sharpest(actions: readonly RiskAction[]): RiskAction | null {
  return actions.reduce<RiskAction | null>((found, action) => (includesAction(found, action) ? found : action), null);
}

/** Limits that halt what they cover until somebody releases them; the others only refuse single orders. */
const halting: ReadonlySet<RiskLimitType> = new Set([
  RiskLimitType.MAX_DAILY_LOSS,
  RiskLimitType.MAX_DRAWDOWN,
  RiskLimitType.STOP_LOSS_GUARD,
]);

export function isHalting(type: RiskLimitType): boolean {
  return halting.has(type);
}

/** A limit as the core needs it. */
export interface RiskLimitTerms {
  readonly id: string;
  readonly type: RiskLimitType;
  /** Quote currency, percent, a count, a factor or seconds, as its type says. */
  readonly value: Decimal;
  /** What it covers, for people: "all bots", "bot "eth-scalper"". */
  readonly scope: string;
  /** Why it halts; null while it does not. */
  readonly latchReason: string | null;
}

/**
 * A limit and what stands against it now, without the order that is asked about, in the limit's unit; null when there is nothing to measure, such
 * as the time since an exit where there was none.
 */
export interface MeasuredLimit {
  readonly limit: RiskLimitTerms;
  readonly measured: Decimal | null;
}

/** What an entry would add. */
export interface EntrySize {
  /** In quote currency. */
  readonly value: Decimal;
  readonly leverage: Decimal;
}

/** How a limit is exceeded: the sentence, the limit and the value that would be reached. */
export interface LimitBreach {
  readonly message: string;
  readonly limit: Decimal;
  readonly value: Decimal;
}

const shown = (value: Decimal): string => canonical(value.toDecimalPlaces(8));

/**
 * Whether an entry may not be made because of a limit. A limit that halts refuses whatever it covers until it is released.
 * @returns null when the limit lets it pass
 */
export function breachOf({ limit, measured }: MeasuredLimit, entry: EntrySize): LimitBreach | null {
  const { type, value, scope, latchReason } = limit;
  if (latchReason !== null)
    return {
      message: `${type} of ${scope} has halted entries until it is released: ${latchReason}`,
      limit: value,
      value: measured ?? value,
    };
  const over = (reached: Decimal, sentence: string): LimitBreach | null =>
    reached.gt(value) ? { message: `${sentence}, the limit of ${scope} is ${shown(value)}`, limit: value, value: reached } : null;
  switch (type) {
    case RiskLimitType.MAX_POSITION_VALUE:
      return plus(measured, entry.value, (sum) => over(sum, `the position would be worth ${shown(sum)}`));
    case RiskLimitType.MAX_EXPOSURE:
      return plus(measured, entry.value, (sum) => over(sum, `all positions together would be worth ${shown(sum)}`));
    case RiskLimitType.MAX_OPEN_ORDERS:
      return plus(measured, 1, (sum) => over(sum, `there would be ${shown(sum)} open orders`));
    case RiskLimitType.MAX_ORDERS_PER_MINUTE:
      return plus(measured, 1, (sum) => over(sum, `there would be ${shown(sum)} orders within a minute`));
    case RiskLimitType.MAX_DAILY_TRADES:
      return plus(measured, 1, (sum) => over(sum, `there would be ${shown(sum)} entries today`));
    case RiskLimitType.MAX_LEVERAGE:
      return over(entry.leverage, `the leverage is ${shown(entry.leverage)}`);
    case RiskLimitType.COOLDOWN_AFTER_EXIT:
      return measured === null || measured.gte(value)
        ? null
        : {
            message: `the last exit was ${shown(measured)} s ago, ${scope} rests for ${shown(value)} s`,
            limit: value,
            value: measured,
          };
    case RiskLimitType.SYMBOL_LOCK:
      return { message: `entries are locked for ${scope}`, limit: value, value: entry.value };
    case RiskLimitType.MAX_DAILY_LOSS:
    case RiskLimitType.MAX_DRAWDOWN:
    case RiskLimitType.STOP_LOSS_GUARD:
      return haltOf({ limit, measured });
  }
}

/**
 * Whether a limit that halts is reached.
 * @returns null when it is not, or when limits of its type do not halt
 */
export function haltOf({ limit, measured }: MeasuredLimit): LimitBreach | null {
  const { type, value, scope } = limit;
  if (!isHalting(type) || measured === null || measured.lt(value)) return null;
  return { message: haltSentence(type, scope, shown(measured), shown(value)), limit: value, value: measured };
}

function haltSentence(type: RiskLimitType, scope: string, measured: string, value: string): string {
  if (type === RiskLimitType.MAX_DAILY_LOSS) return `today's loss of ${scope} is ${measured}, the limit is ${value}`;
  if (type === RiskLimitType.MAX_DRAWDOWN) return `${scope} has fallen ${measured} % from its best, the limit is ${value} %`;
  return `the last ${measured} round trips of ${scope} ended at their stops, the limit is ${value}`;
}

function plus(measured: Decimal | null, more: Decimal | number, judge: (sum: Decimal) => LimitBreach | null): LimitBreach | null {
  return measured === null ? null : judge(measured.add(more));
}
