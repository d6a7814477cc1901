import type { ExitReason, PositionSide } from '../../trading/position.ts';

/** How a round trip of a bot compares with the one that a backtest makes of the same candles. */
export const DriftKind = {
  EXACT: 'EXACT',
  SLIPPED: 'SLIPPED',
  LATE: 'LATE',
  EARLY: 'EARLY',
  MISSED: 'MISSED',
  EXTRA: 'EXTRA',
} as const;
export type DriftKind = (typeof DriftKind)[keyof typeof DriftKind];

/** A round trip as both sides have it. Doubles; prices, fees and profit in quote currency, times in ms UTC. */
export interface RoundTrip {
  readonly side: PositionSide;
  readonly quantity: number;
  readonly entryTime: number;
  readonly exitTime: number;
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly fees: number;
  readonly pnl: number;
  readonly exitReason: ExitReason;
}

/** One round trip beside its counterpart. Numbers are 0 where there is none. */
export interface DriftItem {
  readonly kind: DriftKind;
  readonly actual: RoundTrip | null;
  readonly expected: RoundTrip | null;
  /** How much worse the price was than expected, in quote currency per unit; negative: better. */
  readonly entrySlippage: number;
  readonly exitSlippage: number;
  readonly entryDelayMs: number;
  readonly exitDelayMs: number;
  /** Actual minus expected. */
  readonly pnlDifference: number;
}

/** All differences added up; the parts of the difference in profit add up to the whole. */
export interface DriftTotals {
  readonly counts: Readonly<Record<DriftKind, number>>;
  readonly expectedPnl: number;
  readonly actualPnl: number;
  readonly pnlDifference: number;
  /** Of pairs: by prices, by fees, and by quantities. */
  readonly byPrice: number;
  readonly byFees: number;
  readonly byQuantity: number;
  /** What missed round trips would have made, negated, and what extra ones made. */
  readonly byMissed: number;
  readonly byExtra: number;
}

/** How many candles apart two entries may be and still mean the same signal. */
const nearCandles = 3;
/** Doubles of a backtest against exact amounts: anything less is no difference. */
const relative = 1e-9;

const same = (a: number, b: number): boolean => Math.abs(a - b) <= relative * Math.max(Math.abs(a), Math.abs(b), 1e-6);
const apart = (a: number, b: number): number => (same(a, b) ? 0 : a - b);

/**
 * Puts each round trip of a bot beside the one that was expected: of the same side, entered in the same candle, else the nearest within three
 * candles. Each is matched once.
 * @param candleMs length of the bot's candles: within one of them times are not compared
 */
export function compareTrips(
  actual: readonly RoundTrip[],
  expected: readonly RoundTrip[],
  candleMs: number,
): readonly DriftItem[] {
  const candleOf = (time: number): number => Math.floor(time / candleMs);
  const free = new Set(actual);
  const partners = new Map<RoundTrip, RoundTrip>();
  for (const reach of [0, 1, 2, nearCandles])
    for (const wanted of expected) {
      if (partners.has(wanted)) continue;
      for (const trip of free) {
        if (trip.side !== wanted.side || Math.abs(candleOf(trip.entryTime) - candleOf(wanted.entryTime)) > reach) continue;
        partners.set(wanted, trip);
        free.delete(trip);
        break;
      }
    }
  const items = expected.map((wanted) => {
    const trip = partners.get(wanted);
    return trip ? pairOf(trip, wanted, candleOf) : alone(DriftKind.MISSED, null, wanted);
  });
  for (const trip of free) items.push(alone(DriftKind.EXTRA, trip, null));
  const timeOf = ({ actual: trip, expected: wanted }: DriftItem): number => wanted?.entryTime ?? trip?.entryTime ?? 0;
  return items.sort((a, b) => timeOf(a) - timeOf(b));
}

function alone(kind: DriftKind, actual: RoundTrip | null, expected: RoundTrip | null): DriftItem {
  const pnlDifference = (actual?.pnl ?? 0) - (expected?.pnl ?? 0);
  return { kind, actual, expected, entrySlippage: 0, exitSlippage: 0, entryDelayMs: 0, exitDelayMs: 0, pnlDifference };
}

function pairOf(actual: RoundTrip, expected: RoundTrip, candleOf: (time: number) => number): DriftItem {
  const sign = actual.side === 'LONG' ? 1 : -1;
  const candles = [
    candleOf(actual.entryTime) - candleOf(expected.entryTime),
    candleOf(actual.exitTime) - candleOf(expected.exitTime),
  ];
  const entrySlippage = sign * apart(actual.entryPrice, expected.entryPrice) + 0;
  const exitSlippage = sign * apart(expected.exitPrice, actual.exitPrice) + 0;
  const isSame =
    entrySlippage === 0 &&
    exitSlippage === 0 &&
    same(actual.quantity, expected.quantity) &&
    same(actual.fees, expected.fees) &&
    actual.exitReason === expected.exitReason;
  return {
    kind: candles.some((count) => count > 0)
      ? DriftKind.LATE
      : candles.some((count) => count < 0)
        ? DriftKind.EARLY
        : isSame
          ? DriftKind.EXACT
          : DriftKind.SLIPPED,
    actual,
    expected,
    entrySlippage,
    exitSlippage,
    entryDelayMs: actual.entryTime - expected.entryTime,
    exitDelayMs: actual.exitTime - expected.exitTime,
    pnlDifference: apart(actual.pnl, expected.pnl),
  };
}

export function totalsOf(items: readonly DriftItem[]): DriftTotals {
  const counts = { EXACT: 0, SLIPPED: 0, LATE: 0, EARLY: 0, MISSED: 0, EXTRA: 0 };
  const totals = {
    expectedPnl: 0,
    actualPnl: 0,
    pnlDifference: 0,
    byPrice: 0,
    byFees: 0,
    byQuantity: 0,
    byMissed: 0,
    byExtra: 0,
  };
  for (const { kind, actual, expected, pnlDifference, entrySlippage, exitSlippage } of items) {
    counts[kind] += 1;
    totals.actualPnl += actual?.pnl ?? 0;
    totals.expectedPnl += expected?.pnl ?? 0;
    totals.pnlDifference += pnlDifference;
    if (actual && expected) {
      const byPrice = -(entrySlippage + exitSlippage) * actual.quantity + 0;
      const byFees = apart(expected.fees, actual.fees);
      totals.byPrice += byPrice;
      totals.byFees += byFees;
      totals.byQuantity += apart(pnlDifference, byPrice + byFees);
    } else if (expected) totals.byMissed += pnlDifference;
    else totals.byExtra += pnlDifference;
  }
  return { counts, ...totals };
}
