import type { Fill, OrderReport } from '../port/orders.ts';
import type { CcxtClient, CcxtTrade } from './client.ts';
import type { ExecutionBook } from './execution-book.ts';
import { absentAsUndefined } from './failures.ts';
import { fillOf, reportOf } from './order-mapping.ts';
import type { VenueProfile } from './venues.ts';

/** Client order ids that are remembered by the exchange's order id. */
const mostIds = 10_000;
/** Fills are looked for from a little before their order was heard of. */
const overlapMs = 10_000;

/** What the exchange's own records say of an account's orders and trades. Throws what ccxt throws. */
export class OrderRecords {
  private readonly client: CcxtClient;
  private readonly profile: VenueProfile;
  private readonly now: () => number;
  private readonly ids = new Map<string, string>();

  /**
   * @param client the one that its requests queue in
   * @param now the exchange's clock, ms UTC
   */
  constructor(client: CcxtClient, profile: VenueProfile, now: () => number) {
    this.client = client;
    this.profile = profile;
    this.now = now;
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
    const report = { ...reportOf(order, this.now()), clientOrderId };
    this.remember(report);
    return report;
  }

  async open(symbol?: string): Promise<OrderReport[]> {
    const orders = (await this.profile.openOrders(this.client, symbol)).map((order) => reportOf(order, this.now()));
    for (const report of orders) this.remember(report);
    return orders;
  }

  /** Fills at or after `since` (ms UTC), ascending by time. */
  async fills(symbol: string, since: number): Promise<Fill[]> {
    const trades = new Map<string, CcxtTrade>();
    const from = Math.max(since, this.profile.beginsAt);
    for await (const page of this.profile.myTrades(this.client, symbol, from, this.now()))
      for (const trade of page) trades.set(trade.id ?? '', trade);
    const all = [...trades.values()];
    await this.learnIds(
      symbol,
      all.flatMap(({ order }) => order ?? []),
    );
    const fills = all.map((trade) => fillOf(trade, this.ids.get(trade.order ?? '') ?? '', this.now()));
    return fills.filter((fill) => fill.at >= since).sort((a, b) => a.at - b.at);
  }

  /** Brings a book up to date with everything in it that is not finished. */
  async complete(book: ExecutionBook): Promise<void> {
    const bySymbol = Map.groupBy(book.unfinished(), ({ symbol }) => symbol);
    for (const [symbol, orders] of bySymbol) {
      const open = new Map((await this.open(symbol)).map((report) => [report.exchangeOrderId, report]));
      for (const { exchangeOrderId } of orders) {
        const report = open.get(exchangeOrderId) ?? (await this.byExchangeId(symbol, [exchangeOrderId]))[0];
        if (report) book.takeReport(report);
      }
      const incomplete = book.unfinished().filter((order) => order.symbol === symbol && order.isIncomplete);
      if (incomplete.length === 0) continue;
      const since = Math.min(...incomplete.map((order) => order.since)) - overlapMs;
      const wanted = new Set(incomplete.map((order) => order.exchangeOrderId));
      for (const fill of await this.fills(symbol, since)) if (wanted.has(fill.exchangeOrderId)) book.takeFill(fill);
    }
  }

  /** Learns the client order ids of orders. One that the exchange does not tell stays unknown. */
  private async learnIds(symbol: string, exchangeOrderIds: readonly string[]): Promise<void> {
    const unknown = [...new Set(exchangeOrderIds)].filter((id) => !this.ids.has(id));
    if (unknown.length > 0) await this.byExchangeId(symbol, unknown);
  }

  /** Orders by the exchange's ids; those that it does not tell are missing. */
  async byExchangeId(symbol: string, ids: readonly string[]): Promise<OrderReport[]> {
    const orders = await this.profile.ordersById(this.client, symbol, ids);
    const reports = orders.map((order) => reportOf(order, this.now()));
    for (const report of reports) this.remember(report);
    return reports;
  }
}
