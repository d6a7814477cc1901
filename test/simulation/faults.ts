import type { Dice } from './dice.ts';
import type { Tally } from './tally.ts';

/** What may go wrong with one call to the venue. */
export const CallFault = {
  RESET_BEFORE: 'reset before the venue read it',
  RESET_AFTER: 'reset after the venue did it',
  STALLED: 'body stalls until the deadline',
  SILENT: 'no answer ever',
  STUCK: 'stuck on its way, arrives after the caller gave up',
  UNAVAILABLE_BEFORE: '503 before',
  UNAVAILABLE_AFTER: '503 after',
  HTML: '200 with a web page',
  EMPTY: '200 with an empty body',
  TRUNCATED: '200 with half of the body',
  THROTTLED: '429, then 418',
  CLOCK: 'refused for its clock',
} as const;
export type CallFault = (typeof CallFault)[keyof typeof CallFault];

/** What may go wrong with one piece of news of the account. */
export const NewsFault = { MISSED: 'news missed', DOUBLED: 'news told twice', LATE: 'news late and out of order' } as const;
export type NewsFault = (typeof NewsFault)[keyof typeof NewsFault];

/** What may go wrong with one transaction. */
export const StorageFault = {
  BUSY: 'database busy',
  COMMIT_FAILED: 'commit failed',
  COMMIT_UNANSWERED: 'connection lost after the commit',
} as const;
export type StorageFault = (typeof StorageFault)[keyof typeof StorageFault];

/** What may go wrong with one candle of the stream. */
export const CandleFault = { MISSED: 'candle left out', DOUBLED: 'candle told twice' } as const;
export type CandleFault = (typeof CandleFault)[keyof typeof CandleFault];

/** What a venue may do that nobody expects. */
export const VenueFault = { LATE_FILL: 'filled after its cancel' } as const;
export type VenueFault = (typeof VenueFault)[keyof typeof VenueFault];

export type Fault = VenueFault | CallFault | NewsFault | StorageFault | CandleFault;

const odds: readonly (readonly [faults: readonly Fault[], probability: number])[] = [
  [Object.values(CallFault), 0.06],
  [Object.values(NewsFault), 0.15],
  [Object.values(VenueFault), 0.3],
  [Object.values(StorageFault), 0.01],
  [Object.values(CandleFault), 0.08],
];

/** Which faults a world has, and whether one strikes now. */
export class Faults {
  /** Off while a world heals. */
  isOn = true;
  /** Nothing can be written, until somebody makes room. */
  isDiskFull = false;
  private readonly probabilities = new Map<Fault, number>();
  private readonly dice: Dice;
  private readonly tally: Tally;

  constructor(chosen: readonly Fault[], dice: Dice, tally: Tally) {
    this.dice = dice;
    this.tally = tally;
    for (const [faults, probability] of odds)
      for (const fault of faults) if (chosen.includes(fault)) this.probabilities.set(fault, probability);
  }

  static get all(): readonly Fault[] {
    return odds.flatMap(([faults]) => faults);
  }

  strikes<F extends Fault>(among: readonly F[]): F | undefined {
    if (!this.isOn) return undefined;
    let roll = this.dice.roll();
    for (const fault of among) {
      roll -= this.probabilities.get(fault) ?? 0;
      if (roll >= 0) continue;
      this.tally.add(fault);
      return fault;
    }
    return undefined;
  }

  /** Counts what happened to a world by plan. */
  note(name: string): void {
    this.tally.add(name);
  }
}
