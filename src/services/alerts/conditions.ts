import type { LogLevel } from '../../entities/operations/LogEntry.ts';
import { AlertType } from '../../entities/operations/Alert.ts';
import type { Condition } from '../../trading/rules/index.ts';
import type { Timeframe } from '../../trading/timeframe.ts';

/** On which side of a price an alert waits. */
export const PriceDirection = { ABOVE: 'ABOVE', BELOW: 'BELOW', CROSSES: 'CROSSES' } as const;
export type PriceDirection = (typeof PriceDirection)[keyof typeof PriceDirection];

/** Which way a price moves. */
export const MoveDirection = { RISE: 'RISE', FALL: 'FALL', EITHER: 'EITHER' } as const;
export type MoveDirection = (typeof MoveDirection)[keyof typeof MoveDirection];

/** Which profit is meant. */
export const PnlMeasure = { POSITION: 'POSITION', DAY: 'DAY' } as const;
export type PnlMeasure = (typeof PnlMeasure)[keyof typeof PnlMeasure];

/** On which side of an amount an alert waits. */
export const Side = { ABOVE: 'ABOVE', BELOW: 'BELOW' } as const;
export type Side = (typeof Side)[keyof typeof Side];

/** Levels of lines that are worth an alert. */
export type WarningLevel = Extract<LogLevel, 'WARN' | 'ERROR'>;

/** What an alert waits for, as it is stored; which market or bot is meant are columns of its row. Amounts are canonical decimal text. */
export type AlertCondition =
  | { readonly kind: 'PRICE'; readonly direction: PriceDirection; readonly price: string }
  | { readonly kind: 'MOVE'; readonly direction: MoveDirection; readonly percent: string; readonly windowSeconds: number }
  | { readonly kind: 'INDICATOR'; readonly timeframe: Timeframe; readonly rule: Condition }
  | { readonly kind: 'PNL'; readonly measure: PnlMeasure; readonly direction: Side; readonly amount: string }
  | { readonly kind: 'DRAWDOWN'; readonly percent: string }
  | { readonly kind: 'BOT_ERROR' }
  | { readonly kind: 'ORDER_FILLED' }
  | { readonly kind: 'WARNING'; readonly level: WarningLevel };
export type AlertKind = AlertCondition['kind'];

/** The type of an alert with such a condition. */
export function typeOf({ kind }: AlertCondition): AlertType {
  return kind === 'MOVE' ? AlertType.PRICE : kind;
}

/** How far the evaluation of an alert has come; stored with every step that matters. */
export interface AlertState {
  /** Open time of the newest candle looked at, or the number of the newest event; null before the first look. */
  readonly seen: number | null;
  /** False from a trigger until the value has come back by the hysteresis. */
  readonly isArmed: boolean;
  /** When it last triggered, by the clock of the market or of the event, in milliseconds. */
  readonly lastAt: number | null;
  /** How often it has come true since, and was held back by the cooldown. */
  readonly heldBack: number;
  /** Of an alert on a crossed price: 1 above it, −1 below it. */
  readonly side?: 1 | -1;
  /** Of an alert on drawdown, decimal text in quote currency. */
  readonly equity?: EquityState;
}

export interface EquityState {
  /** Equity when the alert was made, without what was open then. */
  readonly base: string;
  /** Profit of the positions that have been closed since. */
  readonly closed: string;
  /** The highest equity since. */
  readonly peak: string;
}

/** Before the first look. @param seen the number of the newest event, for what waits for events */
export function newState(seen: number | null, equity?: EquityState): AlertState {
  return { seen, isArmed: true, lastAt: null, heldBack: 0, ...(equity && { equity }) };
}

/** Whether it is looked at with the candles of its market; what else there is are events. */
export function isOfMarket(
  condition: AlertCondition,
): condition is Extract<AlertCondition, { kind: 'PRICE' | 'MOVE' | 'INDICATOR' }> {
  return condition.kind === 'PRICE' || condition.kind === 'MOVE' || condition.kind === 'INDICATOR';
}
