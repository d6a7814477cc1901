import { Dice } from './dice.ts';
import { type Fault, Faults, NewsFault } from './faults.ts';
import type { FlightPoint } from './connection.ts';
import type { CommitPoint } from './process-database.ts';
import type { FeeAsset, GuardKind } from './venue.ts';

export type KillPoint = CommitPoint | FlightPoint;

export const killPoints: readonly KillPoint[] = [
  'before INTENT',
  'after INTENT',
  'before SENT',
  'after SENT',
  'in flight',
  'at the venue',
  'answered',
  'before any',
  'after any',
];

/** Dies when it passes a point for the n-th time. */
export interface PlannedKill {
  readonly point: KillPoint;
  readonly passes: number;
  /** After which it is started again, ms. */
  readonly downMs: number;
  /** Deaths during the recovery that follows, each before or after that many commits. */
  readonly again: readonly number[];
}

/** Stands still between a commit and what follows from it, when it passes the point for the n-th time. */
export interface PlannedPause {
  readonly point: 'after SENT' | 'after INTENT';
  readonly passes: number;
  readonly forMs: number;
}

/** Something that is done to the world from outside, at a time since its beginning, ms. */
export type Incident =
  | { readonly kind: 'kill' | 'pause'; readonly at: number; readonly slot: number; readonly forMs: number }
  | {
      readonly kind: 'pause bot' | 'resume bot' | 'stop bot' | 'stop and close' | 'start bot' | 'close position';
      readonly at: number;
    }
  | { readonly kind: 'foreign order' | 'balance emptied' | 'overfill' | 'money put away'; readonly at: number }
  /** So much is told at once that the stream keeps only the last pieces of news until it is listened to. */
  | { readonly kind: 'burst'; readonly at: number; readonly forMs: number; readonly kept: number }
  /** Mute: the stream lives, and tells nothing. Black hole: what is sent arrives nowhere, and nobody hears why. */
  | NewFilters
  | { readonly kind: 'market halted' | 'news mute' | 'black hole' | 'disk full'; readonly at: number; readonly forMs: number };

/** The venue changes the rules of its market. */
export interface NewFilters {
  readonly kind: 'filters changed';
  readonly at: number;
  readonly rules: { readonly [name in 'stepSize' | 'tickSize' | 'minNotional' | 'takerFeeRate']?: string } & {
    readonly isActive?: boolean;
  };
  /** What rests at the venue ends with the old rules. */
  readonly endsOrders: boolean;
}

/** The database is put back to what it was earlier, as by a person who restores a backup, ms since the world's beginning. */
export interface PlannedRestore {
  readonly takenAt: number;
  readonly restoredAt: number;
  /** After which the processes are started again, ms. */
  readonly downMs: number;
}

/** A LIVE bot that has to bring its money from the funding wallet of its account. */
export interface PlannedWallet {
  /** The venue never carries out one id twice, as Bybit; elsewhere it takes none, as Binance. */
  readonly takesIds: boolean;
  /** See `Bot.transferAmount`. */
  readonly transferAmount: string | null;
}

/** Everything that is decided about a world before it begins. */
export interface Plan {
  readonly seed: number;
  readonly durationMs: number;
  /** Processes that look for bots to run. */
  readonly processes: 1 | 2;
  readonly feeAsset: FeeAsset;
  /** The step of amounts. */
  readonly step: string;
  readonly thinness: number;
  readonly guards: GuardKind;
  readonly venueSkewMs: number;
  readonly clockSkewsMs: readonly number[];
  readonly faults: readonly Fault[];
  readonly kills: readonly PlannedKill[];
  readonly pauses: readonly PlannedPause[];
  readonly incidents: readonly Incident[];
  /** What is held pays so much of its value every few minutes; 0: there is no funding. */
  readonly fundingRate: number;
  readonly restore: PlannedRestore | undefined;
  /** Without one, the bot is on PAPER and has its money where it trades. */
  readonly wallet: PlannedWallet | undefined;
  readonly stopLossPercent: string;
  readonly takeProfitPercent: string;
}

const minute = 60_000;

export function planOf(seed: number): Plan {
  const plan = plainPlanOf(seed);
  const fundingRate = hasFunding(plan) ? new Dice(seed).fork('funding').pick([0, 0, 0.001, -0.0005]) : 0;
  // Perpetuals are traded on paper only, and an older backup does not know what was brought since.
  const mayBring = fundingRate === 0 && plan.restore === undefined;
  const { wallet, putAway } = transfers(new Dice(seed).fork('transfers'), plan.durationMs);
  if (!mayBring || !wallet) return { ...plan, fundingRate, wallet: undefined };
  return { ...plan, fundingRate, wallet, incidents: [...plan.incidents, ...putAway] };
}

function transfers(dice: Dice, durationMs: number): { readonly wallet?: PlannedWallet; readonly putAway: readonly Incident[] } {
  if (!dice.chance(0.35)) return { putAway: [] };
  const putAway = Array.from({ length: dice.between(0, 4) }, (): Incident => ({
    kind: 'money put away',
    at: dice.between(minute, durationMs - minute),
  }));
  return {
    wallet: { takesIds: dice.chance(0.5), transferAmount: dice.chance(0.3) ? dice.pick(['4000', '6000']) : null },
    putAway,
  };
}

/** Funding is told by the program's own paper accounts of perpetuals, which lose nothing that they tell and whose contracts leave no dust. */
function hasFunding({ faults, incidents, guards: kind }: Pick<Plan, 'faults' | 'incidents' | 'guards'>): boolean {
  if (kind !== 'SHARED') return false;
  const isOdd = (name: string): boolean =>
    name === 'news mute' || name === 'burst' || name === 'black hole' || name === 'filters changed';
  return (
    !faults.some((fault) => (Object.values(NewsFault) as readonly string[]).includes(fault)) &&
    !incidents.some(({ kind }) => isOdd(kind))
  );
}

function plainPlanOf(seed: number): Omit<Plan, 'fundingRate' | 'wallet'> {
  const dice = new Dice(seed);
  const processes = dice.chance(0.35) ? 2 : 1;
  const durationMs = dice.between(6, 11) * minute;
  const skew = (): number => (dice.chance(0.3) ? dice.between(-60_000, 60_000) : dice.between(-200, 200));
  const feeAsset = dice.pick(['QUOTE', 'RECEIVED', 'THIRD'] as const);
  return {
    seed,
    durationMs,
    processes,
    feeAsset,
    // Where fees are kept in the asset, a coarse step leaves dust, a fine one does not.
    step: feeAsset === 'RECEIVED' && new Dice(seed).fork('step').chance(0.3) ? '0.00000001' : '0.0001',
    thinness: dice.pick([0, 0.3, 0.7]),
    venueSkewMs: skew(),
    clockSkewsMs: [skew(), skew()],
    faults: dice.some(Faults.all, dice.between(0, 10)),
    kills: dice.chance(0.6) ? [kill(dice), ...(dice.chance(0.3) ? [kill(dice)] : [])] : [],
    incidents: [
      ...incidents(dice, durationMs, processes),
      ...network(new Dice(seed).fork('network'), durationMs),
      ...newFilters(new Dice(seed).fork('filters'), durationMs),
      ...bursts(new Dice(seed).fork('bursts'), durationMs),
      ...fullDisks(new Dice(seed).fork('disks'), durationMs),
    ],
    stopLossPercent: dice.pick(['0.3', '0.6', '2']),
    takeProfitPercent: dice.pick(['0.4', '0.8', '3']),
    ...later(new Dice(seed).fork('later')),
    ...guards(new Dice(seed).fork('guards')),
    ...backup(new Dice(seed).fork('backup'), durationMs),
  };
}

/** What was added when there were known worlds already: these come out as before but for it. */
function later(dice: Dice): Pick<Plan, 'pauses'> {
  const pause = (): PlannedPause => ({
    point: dice.chance(0.8) ? 'after SENT' : 'after INTENT',
    passes: dice.between(1, 4),
    forMs: dice.between(3_000, 150_000),
  });
  return { pauses: dice.chance(0.4) ? [pause()] : [] };
}

/** How a stop and a target stand at the venue. */
function guards(dice: Dice): Pick<Plan, 'guards'> {
  return { guards: dice.pick(['SHARED', 'PAIRS', 'EXCLUSIVE', 'PAIRS'] as const) };
}

function network(dice: Dice, durationMs: number): Incident[] {
  const at = (): number => dice.between(minute, durationMs - minute);
  const found: Incident[] = [];
  if (dice.chance(0.15)) found.push({ kind: 'news mute', at: at(), forMs: dice.between(20_000, 240_000) });
  if (dice.chance(0.12)) found.push({ kind: 'black hole', at: at(), forMs: dice.between(5_000, 120_000) });
  if (dice.chance(0.08)) found.push({ kind: 'overfill', at: at() });
  return found;
}

function fullDisks(dice: Dice, durationMs: number): Incident[] {
  const at = dice.between(minute, durationMs - minute);
  return dice.chance(0.1) ? [{ kind: 'disk full', at, forMs: dice.between(5_000, 150_000) }] : [];
}

function bursts(dice: Dice, durationMs: number): Incident[] {
  if (!dice.chance(0.25)) return [];
  const at = dice.between(minute, durationMs - minute);
  return [{ kind: 'burst', at, forMs: dice.between(20_000, 150_000), kept: dice.between(0, 2) }];
}

function newFilters(dice: Dice, durationMs: number): NewFilters[] {
  const found: NewFilters[] = [];
  if (!dice.chance(0.3)) return found;
  const at = (): number => dice.between(minute, durationMs - minute);
  const change = (rules: NewFilters['rules'], when = at()): void =>
    void found.push({ kind: 'filters changed', at: when, rules, endsOrders: dice.chance(0.3) });
  for (let count = dice.between(1, 3); count > 0; count--)
    switch (dice.pick(['step', 'step', 'value', 'tick', 'fee', 'halt'] as const)) {
      case 'step':
        change({ stepSize: dice.pick(['0.00000001', '0.00001', '0.001', '0.01', '0.05', '0.3']) });
        break;
      case 'value':
        change({ minNotional: dice.pick(['1', '100', '2000', '20000']) });
        break;
      case 'tick':
        change({ tickSize: dice.pick(['0.0001', '1', '10']) });
        break;
      case 'fee':
        change({ takerFeeRate: dice.pick(['0', '0.0004', '0.005']) });
        break;
      case 'halt': {
        const from = at();
        change({ isActive: false }, from);
        change({ isActive: true }, from + dice.between(20_000, 180_000));
      }
    }
  return found;
}

function backup(dice: Dice, durationMs: number): Pick<Plan, 'restore'> {
  if (!dice.chance(0.15)) return { restore: undefined };
  const half = Math.floor(durationMs / 2);
  const takenAt = dice.between(minute, half);
  return {
    restore: { takenAt, restoredAt: dice.between(half + 1, durationMs - minute), downMs: dice.between(1_000, 90_000) },
  };
}

function kill(dice: Dice): PlannedKill {
  const point = dice.pick(killPoints);
  return {
    point,
    passes: dice.between(1, point.endsWith('any') ? 25 : 4),
    downMs: dice.between(1_000, 90_000),
    again: dice.chance(0.4) ? [dice.between(1, 6), dice.between(1, 6)] : [],
  };
}

function incidents(dice: Dice, durationMs: number, processes: number): Incident[] {
  const at = (): number => dice.between(minute, durationMs - minute);
  const slot = (): number => dice.between(0, processes - 1);
  const found: Incident[] = [];
  if (dice.chance(0.2)) found.push({ kind: 'kill', at: at(), slot: slot(), forMs: dice.between(1_000, 120_000) });
  if (dice.chance(processes === 2 ? 0.6 : 0.15))
    found.push({ kind: 'pause', at: at(), slot: slot(), forMs: dice.between(5_000, 150_000) });
  if (dice.chance(0.25)) found.push({ kind: 'foreign order', at: at() });
  if (dice.chance(0.08)) found.push({ kind: 'balance emptied', at: at() });
  if (dice.chance(0.1)) found.push({ kind: 'market halted', at: at(), forMs: dice.between(20_000, 180_000) });
  const people = ['pause bot', 'resume bot', 'stop bot', 'stop and close', 'start bot', 'close position'] as const;
  for (let count = dice.chance(0.5) ? dice.between(1, 5) : 0; count > 0; count--)
    found.push({ kind: dice.pick(people), at: at() });
  return found;
}
