import type { Fill, OrderReport } from '../port.ts';
import type { CcxtClient, CcxtTrade } from './client.ts';
import type { ExecutionBook } from './execution-book.ts';
import { classify } from './failures.ts';
import { fillOf, reportOf } from './order-mapping.ts';
import type { VenueProfile } from './venues.ts';

/** Trades of one answer at most. */
const pageSize = 1_000;
/** Orders that are asked for one by one. */
const fewOrders = 3;
/** Client order ids that are remembered by the exchange's order id. */
const mostIds = 10_000;
/** Fills are looked for from a little before their order was heard of. */
const overlapMs = 10_000;

/** What the exchange's own records say of an account's orders and trades. Throws what ccxt throws. */
export class OrderRecords {
  private readonly client: CcxtClient;
  private readonly profile: VenueProfile;
  private readonly ids = new Map<string, string>();

  /** @param client the one that its requests queue in */
  constructor(client: CcxtClient, profile: VenueProfile) {
    this.client = client;
    this.profile = profile;
  }

  /** Trades do not tell the client order id of their order. */
  remember({ exchangeOrderId, clientOrderId }: OrderReport): void {
    if (clientOrderId === '') return;
    this.ids.set(exchangeOrderId, clientOrderId);
    const [oldest] = this.ids.keys();
    if (this.ids.size > mostIds && oldest !== undefined) this.ids.delete(oldest);
  }

  /** An order by its client order id; undefined when the exchange has none. */
  async find(symbol: string, clientOrderId: string, client = this.client): Promise<OrderReport | undefined> {
    const order = await absentAsUndefined(this.profile.findOrder(client, symbol, clientOrderId));
    if (!order) return undefined;
    const report = { ...reportOf(order), clientOrderId };
    this.remember(report);
    return report;
  }

  async open(symbol?: string): Promise<OrderReport[]> {
    const orders = (await this.client.fetchOpenOrders(symbol)).map((order) => reportOf(order));
    for (const report of orders) this.remember(report);
    return orders;
  }

  /** Fills at or after `since` (ms UTC), ascending by time. */
  async fills(symbol: string, since: number): Promise<Fill[]> {
    const trades: CcxtTrade[] = [];
    let page = await this.profile.myTrades(this.client, symbol, { since: Math.max(since, this.profile.beginsAt) }, pageSize);
    for (;;) {
      trades.push(...page);
      const after = page.at(-1)?.id;
      if (page.length < pageSize || after === undefined) break;
      page = await this.profile.myTrades(this.client, symbol, { after }, pageSize);
    }
    await this.learnIds(
      symbol,
      trades.flatMap(({ order }) => order ?? []),
    );
    const fills = trades.map((trade) => fillOf(trade, this.ids.get(trade.order ?? '') ?? ''));
    return fills.filter((fill) => fill.at >= since).sort((a, b) => a.at - b.at);
  }

  /** Brings a book up to date with everything in it that is not finished. */
  async complete(book: ExecutionBook): Promise<void> {
    const bySymbol = Map.groupBy(book.unfinished(), ({ symbol }) => symbol);
    for (const [symbol, orders] of bySymbol) {
      const open = new Map((await this.open(symbol)).map((report) => [report.exchangeOrderId, report]));
      for (const { exchangeOrderId } of orders) {
        const report = open.get(exchangeOrderId) ?? (await this.byExchangeId(symbol, exchangeOrderId));
        if (report) book.takeReport(report);
      }
      const incomplete = book.unfinished().filter((order) => order.symbol === symbol && order.isIncomplete);
      if (incomplete.length === 0) continue;
      const since = Math.min(...incomplete.map((order) => order.since)) - overlapMs;
      const wanted = new Set(incomplete.map((order) => order.exchangeOrderId));
      for (const fill of await this.fills(symbol, since)) if (wanted.has(fill.exchangeOrderId)) book.takeFill(fill);
    }
  }

  /** Learns the client order ids of orders: a few one by one, more of them by the page, from the oldest on. */
  private async learnIds(symbol: string, exchangeOrderIds: readonly string[]): Promise<void> {
    const unknown = new Set(exchangeOrderIds.filter((id) => !this.ids.has(id)));
    while (unknown.size > 0) {
      const [oldest = ''] = unknown;
      if (unknown.size <= fewOrders) await this.byExchangeId(symbol, oldest);
      else for (const order of await this.profile.ordersFrom(this.client, symbol, oldest)) this.remember(reportOf(order));
      // One that the exchange does not tell is not asked for again.
      unknown.delete(oldest);
      for (const id of unknown) if (this.ids.has(id)) unknown.delete(id);
    }
  }

  private async byExchangeId(symbol: string, exchangeOrderId: string): Promise<OrderReport | undefined> {
    const order = await absentAsUndefined(this.client.fetchOrder(exchangeOrderId, symbol));
    if (!order) return undefined;
    const report = reportOf(order);
    this.remember(report);
    return report;
  }
}

/** "There is no such order" is an answer; everything else that is thrown is not. */
async function absentAsUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (classify(error).kind === 'NOT_FOUND') return undefined;
    throw error;
  }
}
