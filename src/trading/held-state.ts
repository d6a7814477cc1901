/** What a position must remember over a restart; plain JSON. Infinite levels are null. */
export interface HeldState {
  readonly side: 1 | -1;
  readonly quantity: number;
  readonly entryQuantity: number;
  readonly entryPrice: number;
  readonly entryValue: number;
  /** Absent in states of releases in which nothing was entered after a part had been sold. */
  readonly averageEntry?: number;
  readonly exitQuantity: number;
  readonly exitValue: number;
  readonly fees: number;
  /** Absent in states of releases that knew no funding. */
  readonly funding?: number;
  readonly gross: number;
  readonly candles: number;
  readonly entryTime: number;
  readonly anchor: number;
  readonly wantedStop: number | null;
  readonly wantedTarget: number | null;
  readonly best: number;
  readonly highest: number;
  readonly lowest: number;
  readonly stop: number | null;
  readonly trailing: boolean;
  /** Absent in states of releases in which funding left the margin alone. */
  readonly drawn?: number;
}

/** A level as it is stored: null where it is not set. */
export const finite = (level: number): number | null => (Number.isFinite(level) ? level : null);
