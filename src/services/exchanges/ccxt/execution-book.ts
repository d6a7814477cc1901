import { type Decimal, decimal } from '../../../trading/money.ts';
import { isTerminal, OrderStatus } from '../../../trading/order.ts';
import type { Execution, Fill, OrderReport } from '../port/orders.ts';

/** What is known of one order, and what of it has been told. */
interface Entry {
  /** The newest report; undefined while only fills are known. */
  report: OrderReport | undefined;
  /** When the order was first heard of, by the exchange's clock. */
  readonly since: number;
  /** Trades that were told, by id. */
  readonly trades: Set<string>;
  /** Sum of the fills that were told. */
  told: Decimal;
  toldStatus: OrderStatus | undefined;
  /** Fills that came before anything else of their order. */
  waiting: Fill[];
}

/** An order about which something is missing or still to come. */
export interface Unfinished {
  readonly exchangeOrderId: string;
  readonly symbol: string;
  readonly since: number;
  /** Fills are known without their order, or an amount as filled without its fills. */
  readonly isIncomplete: boolean;
}

/** Orders kept after their end, to know late news of them again. */
const mostFinished = 2_000;

/**
 * Makes one story of what an account's streams, answers and look-ups tell of its orders, in any order and any number of times: each fill
 * once, with its order's sum of fills so far; each state once, and the last one only when all its fills were told.
 */
export class ExecutionBook {
  private readonly entries = new Map<string, Entry>();
  private readonly tell: (execution: Execution) => void;

  constructor(tell: (execution: Execution) => void) {
    this.tell = tell;
  }

  takeReport(report: OrderReport): void {
    const entry = this.entry(report.exchangeOrderId, report.updatedAt);
    entry.report = entry.report ? newer(entry.report, report) : report;
    this.advance(entry);
  }

  /** The client order id of the fill is the one of its order, as soon as that is known. */
  takeFill(fill: Fill): void {
    const entry = this.entry(fill.exchangeOrderId, fill.at);
    const isKnown = entry.trades.has(fill.exchangeTradeId) || entry.waiting.some((other) => isSame(other, fill));
    if (!isKnown) entry.waiting.push(fill);
    this.advance(entry);
  }

  knows(exchangeOrderId: string): boolean {
    return this.entries.get(exchangeOrderId)?.report !== undefined;
  }

  /** Fills are known without their order, or an amount as filled without its fills. */
  isIncomplete(exchangeOrderId: string): boolean {
    const entry = this.entries.get(exchangeOrderId);
    return entry !== undefined && isMissing(entry);
  }

  /** Orders that are open, or not completely known. */
  unfinished(): Unfinished[] {
    return [...this.entries].flatMap(([exchangeOrderId, entry]) => {
      const symbol = entry.report?.symbol ?? entry.waiting[0]?.symbol;
      const isIncomplete = isMissing(entry);
      if (symbol === undefined || (isDone(entry) && !isIncomplete)) return [];
      return [{ exchangeOrderId, symbol, since: entry.since, isIncomplete }];
    });
  }

  private entry(exchangeOrderId: string, since: number): Entry {
    let entry = this.entries.get(exchangeOrderId);
    if (entry) return entry;
    entry = { report: undefined, since, trades: new Set(), told: decimal(0), toldStatus: undefined, waiting: [] };
    this.entries.set(exchangeOrderId, entry);
    this.forgetOldest();
    return entry;
  }

  private advance(entry: Entry): void {
    const { report } = entry;
    if (!report) return;
    entry.waiting.sort((a, b) => a.at - b.at);
    for (const fill of entry.waiting.splice(0)) {
      entry.trades.add(fill.exchangeTradeId);
      entry.told = entry.told.add(fill.amount);
      const status = statusAfter(report, entry.told);
      const order = { ...report, filledAmount: entry.told, status, updatedAt: fill.at };
      this.say(entry, { order, fill: { ...fill, clientOrderId: report.clientOrderId } });
    }
    // An end is told only when the fills that belong to it have been.
    const isTold = isTerminal(report.status) ? entry.told.gte(report.filledAmount) : entry.told.eq(report.filledAmount);
    if (isTold && report.status !== entry.toldStatus && !isOver(entry.toldStatus))
      this.say(entry, { order: { ...report, filledAmount: entry.told } });
  }

  private say(entry: Entry, execution: Execution): void {
    entry.toldStatus = execution.order.status;
    this.tell(execution);
  }

  private forgetOldest(): void {
    if (this.entries.size <= mostFinished) return;
    for (const [id, entry] of this.entries)
      if (isDone(entry) && !isMissing(entry)) {
        this.entries.delete(id);
        return;
      }
  }
}

/** The later of two reports of one order, whichever came first: an end stays, and what was filled is never less. */
function newer(known: OrderReport, other: OrderReport): OrderReport {
  const filled = known.filledAmount.cmp(other.filledAmount);
  if (isTerminal(known.status)) return filled >= 0 ? known : { ...known, filledAmount: other.filledAmount };
  if (isTerminal(other.status)) return filled <= 0 ? other : { ...other, filledAmount: known.filledAmount };
  return filled > 0 || (filled === 0 && known.updatedAt > other.updatedAt) ? known : other;
}

function statusAfter(report: OrderReport, told: Decimal): OrderStatus {
  if (told.gte(report.amount)) return OrderStatus.FILLED;
  return isTerminal(report.status) && told.gte(report.filledAmount) ? report.status : OrderStatus.PARTIALLY_FILLED;
}

function isSame(a: Fill, b: Fill): boolean {
  return a.exchangeTradeId === b.exchangeTradeId;
}

function isOver(status: OrderStatus | undefined): boolean {
  return status !== undefined && isTerminal(status);
}

function isDone({ toldStatus }: Entry): boolean {
  return isOver(toldStatus);
}

function isMissing({ report, told, waiting }: Entry): boolean {
  return report ? told.lt(report.filledAmount) : waiting.length > 0;
}
