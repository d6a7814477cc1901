import { amountText } from '../../entities/columns/DecimalType.ts';
import type { TradingMode } from '../../trading/bot.ts';
import { canonical, Decimal } from '../../trading/money.ts';
import type { Timeframe } from '../../trading/timeframe.ts';
import { DomainError } from '../errors.ts';
import type { MarketRules } from '../exchanges/port/market-rules.ts';
import { inputChecked } from '../input-checks.ts';
import type { MarketReference } from '../market-data/catalogue.ts';
import { type BotTerms, tradingOptionsOf } from './bot-options.ts';
import type { TransferChanges } from './transfer-input.ts';

/** Money management of a bot as a client sends it. Percentages mean percent; null: off. */
export interface BotRisk {
  readonly initialCapital?: Decimal | undefined;
  readonly positionSizePercent?: Decimal | null | undefined;
  readonly positionSizeFixed?: Decimal | null | undefined;
  readonly stopLossPercent?: Decimal | null | undefined;
  readonly takeProfitPercent?: Decimal | null | undefined;
  readonly trailingStopPercent?: Decimal | null | undefined;
  readonly dailyTargetPercent?: Decimal | null | undefined;
  readonly maxDailyLossPercent?: Decimal | null | undefined;
  readonly maxDailyTrades?: number | null | undefined;
  readonly leverage?: Decimal | null | undefined;
}

export interface CreateBot extends TransferChanges {
  readonly name: string;
  readonly strategyId: string;
  readonly market: MarketReference;
  readonly timeframe: Timeframe;
  readonly mode: TradingMode;
  /** What a LIVE bot trades with; PAPER bots have none. */
  readonly apiKeyId?: string | null | undefined;
  readonly risk: BotRisk & { readonly initialCapital: Decimal };
  /** Overrides of the strategy's parameters. */
  readonly parameters?: Readonly<Record<string, unknown>> | null | undefined;
  /** See `Bot`; 30 unless told. */
  readonly checkIntervalSeconds?: number | null | undefined;
}

/** Absent: unchanged. Null: cleared. */
export interface BotPatch extends TransferChanges {
  readonly name?: string | null | undefined;
  readonly apiKeyId?: string | null | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | null | undefined;
  readonly risk?: BotRisk | null | undefined;
  readonly checkIntervalSeconds?: number | null | undefined;
}

export interface UpdateBot {
  readonly id: string;
  /** Refuse when it was changed since this version. */
  readonly expectedVersion?: number | null | undefined;
  readonly patch: BotPatch;
}

const riskPath = ['input', 'risk'];
const amounts = [
  'positionSizePercent',
  'positionSizeFixed',
  'stopLossPercent',
  'takeProfitPercent',
  'trailingStopPercent',
  'dailyTargetPercent',
  'maxDailyLossPercent',
] as const;

/** The columns that a bot's risk fills. */
export type RiskColumns = Omit<BotTerms, 'name' | 'marketType' | 'tradingOptions'>;

/** What a bot without any settings trades with: 95 % of its capital, nothing else set. */
export function defaultRisk(initialCapital: Decimal): RiskColumns {
  return {
    initialCapital,
    leverage: new Decimal(1),
    positionSizePercent: new Decimal(95),
    positionSizeFixed: null,
    stopLossPercent: null,
    takeProfitPercent: null,
    trailingStopPercent: null,
    dailyTargetPercent: null,
    maxDailyLossPercent: null,
    maxDailyTrades: null,
  };
}

/**
 * Money management with some of it changed. A fixed size replaces the share and the other way round.
 * @param path where the changes stand in the caller's input
 * @throws DomainError INVALID or REQUIRED naming the value and the limit
 */
export function mergedRisk(columns: RiskColumns, changes: BotRisk, path: readonly string[] = riskPath): RiskColumns {
  const given = (name: keyof BotRisk): boolean => changes[name] !== undefined && changes[name] !== null;
  if (given('positionSizePercent') && given('positionSizeFixed'))
    throw new DomainError('INVALID', 'give positionSizePercent or positionSizeFixed, not both', {
      path: [...path, 'positionSizeFixed'],
    });
  const merged = { ...columns };
  for (const name of amounts) {
    const value = changes[name];
    if (value !== undefined) merged[name] = value === null ? null : storable(name, value, path);
  }
  if (changes.maxDailyTrades !== undefined) merged.maxDailyTrades = changes.maxDailyTrades;
  if (changes.leverage !== undefined) merged.leverage = storable('leverage', changes.leverage ?? new Decimal(1), path);
  if (changes.initialCapital !== undefined) merged.initialCapital = storable('initialCapital', changes.initialCapital, path);
  if (given('positionSizeFixed')) merged.positionSizePercent = null;
  else if (given('positionSizePercent')) merged.positionSizeFixed = null;
  else if (merged.positionSizePercent === null && merged.positionSizeFixed === null)
    throw new DomainError('REQUIRED', 'a bot needs positionSizePercent or positionSizeFixed', {
      path: [...path, 'positionSizePercent'],
    });
  return merged;
}

/** Unless told, in seconds. */
const standardInterval = 30;
/** Each check asks the exchange for open orders and trades, whose rate limit all bots of a key share. */
const leastInterval = 5;
const longestInterval = 3_600;

/**
 * How often a bot looks at its open orders, in seconds; the standard for null.
 * @throws DomainError INVALID naming the value and the limits
 */
export function checkedInterval(seconds: number | null | undefined, path: readonly string[]): number {
  if (seconds === null || seconds === undefined) return standardInterval;
  if (Number.isInteger(seconds) && seconds >= leastInterval && seconds <= longestInterval) return seconds;
  throw new DomainError(
    'INVALID',
    `checkIntervalSeconds ${seconds} must be a whole number from ${leastInterval} to ${longestInterval}`,
    {
      path: [...path, 'checkIntervalSeconds'],
      details: { limit: String(seconds < leastInterval ? leastInterval : longestInterval) },
    },
  );
}

/** An amount that a ledger column can hold. @throws DomainError INVALID naming it */
export function storable(name: string, value: Decimal, path: readonly string[]): Decimal {
  try {
    amountText(value);
    return value;
  } catch (cause) {
    throw new DomainError('INVALID', `${name}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      path: [...path, name],
      cause,
    });
  }
}

/**
 * Checks a bot's terms as the core will read them, against the rules of its market.
 * @throws DomainError INVALID naming the option, the limit and the value
 */
export function checkTerms(terms: BotTerms, rules: MarketRules, path: readonly string[] = riskPath): void {
  if (terms.marketType === 'SPOT' && !terms.leverage.eq(1))
    throw new DomainError(
      'INVALID',
      `leverage ${canonical(terms.leverage)} of bot "${terms.name}" exceeds 1, the limit on the spot market`,
      {
        path: [...path, 'leverage'],
        details: { limit: '1' },
      },
    );
  inputChecked(() => tradingOptionsOf(terms, rules, path));
  const { positionSizeFixed, initialCapital } = terms;
  if (positionSizeFixed?.gt(initialCapital))
    throw new DomainError(
      'INVALID',
      `positionSizeFixed ${canonical(positionSizeFixed)} of bot "${terms.name}" exceeds its initialCapital ${canonical(initialCapital)}`,
      { path: [...path, 'positionSizeFixed'], details: { limit: canonical(initialCapital) } },
    );
  const budget = positionSizeFixed ?? initialCapital.mul(terms.positionSizePercent ?? 0).div(100);
  if (budget.mul(terms.leverage).lt(rules.minNotional))
    throw new DomainError(
      'INVALID',
      `a position of bot "${terms.name}" would be worth ${canonical(budget.mul(terms.leverage))}, the least order value of ${rules.symbol} is ${canonical(rules.minNotional)}`,
      {
        path: [...path, positionSizeFixed ? 'positionSizeFixed' : 'positionSizePercent'],
        details: { limit: canonical(rules.minNotional) },
      },
    );
}
