import { ExitReason, PositionSide } from './position.ts';
import type { SessionTrade } from './session-types.ts';

/** Places of a round trip's figures in its row of a log. The first `namedFigures` are those that a result is named by, in that order. */
export const TradeFigure = {
  /** 1 long, −1 short. */
  SIDE: 0,
  QUANTITY: 1,
  ENTRY_INDEX: 2,
  EXIT_INDEX: 3,
  ENTRY_TIME: 4,
  EXIT_TIME: 5,
  ENTRY_PRICE: 6,
  EXIT_PRICE: 7,
  FEES: 8,
  PNL: 9,
  MAE_PERCENT: 10,
  MFE_PERCENT: 11,
  /** Number of the reason among all. */
  EXIT_REASON: 12,
  FUNDING: 13,
  PNL_PERCENT: 14,
  CANDLES: 15,
} as const;
export type TradeFigure = (typeof TradeFigure)[keyof typeof TradeFigure];

const width = 16;
const namedFigures = 13;
/** Rows of a block. Blocks are never copied: to grow in one piece costs as much as to write. */
const rowsOfBlock = 256;
const reasons = Object.values(ExitReason);

/** The number of a reason in `TradeFigure.EXIT_REASON`. */
export function reasonNumber(reason: ExitReason): number {
  return reasons.indexOf(reason);
}

/** Round trips as rows of doubles: an object with its sixteen figures takes longer to make than the trade to simulate. */
export class TradeLog {
  /** Round trips taken down. */
  length = 0;
  #blocks: Float64Array[] = [];
  /** Where rows are written now. */
  rows = new Float64Array(0);

  static of(trades: readonly SessionTrade[]): TradeLog {
    const log = new TradeLog();
    for (const trade of trades) log.#add(trade);
    return log;
  }

  /** Adds a row, to be written by the caller. @returns place of its first figure in `rows` */
  next(): number {
    const place = this.length % rowsOfBlock;
    if (place === 0) {
      this.rows = new Float64Array(rowsOfBlock * width);
      this.#blocks.push(this.rows);
    }
    this.length += 1;
    return place * width;
  }

  #add(trade: SessionTrade): void {
    const place = this.next();
    const { rows } = this;
    rows[place + TradeFigure.SIDE] = trade.side === PositionSide.LONG ? 1 : -1;
    rows[place + TradeFigure.QUANTITY] = trade.quantity;
    rows[place + TradeFigure.ENTRY_INDEX] = trade.entryIndex;
    rows[place + TradeFigure.EXIT_INDEX] = trade.exitIndex;
    rows[place + TradeFigure.ENTRY_TIME] = trade.entryTime;
    rows[place + TradeFigure.EXIT_TIME] = trade.exitTime;
    rows[place + TradeFigure.ENTRY_PRICE] = trade.entryPrice;
    rows[place + TradeFigure.EXIT_PRICE] = trade.exitPrice;
    rows[place + TradeFigure.FEES] = trade.fees;
    rows[place + TradeFigure.PNL] = trade.pnl;
    rows[place + TradeFigure.MAE_PERCENT] = trade.maePercent;
    rows[place + TradeFigure.MFE_PERCENT] = trade.mfePercent;
    rows[place + TradeFigure.EXIT_REASON] = reasonNumber(trade.exitReason);
    rows[place + TradeFigure.FUNDING] = trade.funding;
    rows[place + TradeFigure.PNL_PERCENT] = trade.pnlPercent;
    rows[place + TradeFigure.CANDLES] = trade.candles;
  }

  /** The round trip at a place, from 0. */
  at(index: number): SessionTrade {
    const rows = this.#blocks[Math.floor(index / rowsOfBlock)];
    const row = (index % rowsOfBlock) * width;
    return {
      side: rows[row + TradeFigure.SIDE] > 0 ? PositionSide.LONG : PositionSide.SHORT,
      quantity: rows[row + TradeFigure.QUANTITY],
      entryIndex: rows[row + TradeFigure.ENTRY_INDEX],
      exitIndex: rows[row + TradeFigure.EXIT_INDEX],
      entryTime: rows[row + TradeFigure.ENTRY_TIME],
      exitTime: rows[row + TradeFigure.EXIT_TIME],
      entryPrice: rows[row + TradeFigure.ENTRY_PRICE],
      exitPrice: rows[row + TradeFigure.EXIT_PRICE],
      fees: rows[row + TradeFigure.FEES],
      funding: rows[row + TradeFigure.FUNDING],
      pnl: rows[row + TradeFigure.PNL],
      pnlPercent: rows[row + TradeFigure.PNL_PERCENT],
      exitReason: reasons[rows[row + TradeFigure.EXIT_REASON]],
      candles: rows[row + TradeFigure.CANDLES],
      maePercent: rows[row + TradeFigure.MAE_PERCENT],
      mfePercent: rows[row + TradeFigure.MFE_PERCENT],
    };
  }

  /** All round trips, in the order in which they ended. */
  all(): SessionTrade[] {
    const trades: SessionTrade[] = [];
    for (let index = 0; index < this.length; index++) trades.push(this.at(index));
    return trades;
  }

  /** All round trips, which are then forgotten. */
  take(): SessionTrade[] {
    const trades = this.all();
    this.length = 0;
    this.#blocks = [];
    return trades;
  }

  /** One figure of all round trips, and of what is to follow them. */
  column(figure: TradeFigure, following: readonly number[] = []): Float64Array {
    const out = new Float64Array(this.length + following.length);
    let index = 0;
    for (const rows of this.#blocks)
      for (let place: number = figure; place < rows.length && index < this.length; place += width) out[index++] = rows[place];
    out.set(following, this.length);
    return out;
  }

  /** What a result is named by: `namedFigures` of each round trip, one trip after the other. */
  named(): Float64Array {
    const out = new Float64Array(this.length * namedFigures);
    let place = 0;
    for (const rows of this.#blocks)
      for (let row = 0; row < rows.length && place < out.length; row += width)
        for (let figure = 0; figure < namedFigures; figure++) out[place++] = rows[row + figure];
    return out;
  }
}
