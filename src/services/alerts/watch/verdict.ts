import type { AlertState } from '../conditions.ts';

/** That an alert has come true: what is written down and told. */
export interface Finding {
  /** By the clock of the market or of the event, in milliseconds. */
  readonly at: number;
  readonly message: string;
  /** What was measured; null where nothing is. */
  readonly value: string | number | null;
  readonly botId: string | null;
  readonly heldBack: number;
}

/** What a look at an alert comes to. */
export interface Verdict {
  readonly state: AlertState;
  readonly finding: Finding | null;
}

/** What was found, before anybody asks whether it may be told now. */
export type Found = Omit<Finding, 'heldBack'>;

const rests = ({ lastAt }: AlertState, at: number, cooldownSeconds: number): boolean =>
  lastAt !== null && at - lastAt < cooldownSeconds * 1000;

/**
 * A look at something that is measured. It triggers when it is beyond its level, rests until it has come back, and may then trigger again. Within
 * the cooldown it stays as it is: what is still so afterwards is told then.
 * @param beyond what was found, if it is beyond its level now
 * @param isBack whether it has come back as far as the hysteresis asks
 */
export function measured(state: AlertState, beyond: Found | null, isBack: boolean, cooldownSeconds: number): Verdict {
  if (!state.isArmed) return { state: isBack ? { ...state, isArmed: true } : state, finding: null };
  if (beyond === null || rests(state, beyond.at, cooldownSeconds)) return { state, finding: null };
  return { state: { ...state, isArmed: false, lastAt: beyond.at, heldBack: 0 }, finding: { ...beyond, heldBack: 0 } };
}

/** Something happened. Within the cooldown it is counted, and the number told with the next trigger. */
export function happened(state: AlertState, found: Found, cooldownSeconds: number): Verdict {
  const { heldBack } = state;
  if (rests(state, found.at, cooldownSeconds)) return { state: { ...state, heldBack: heldBack + 1 }, finding: null };
  const message = heldBack === 0 ? found.message : `${found.message}; ${heldBack} more since the alert before`;
  return { state: { ...state, lastAt: found.at, heldBack: 0 }, finding: { ...found, message, heldBack } };
}
