import { candleAt } from '../../../trading/series.ts';
import { timeframeMs } from '../../../trading/timeframe.ts';
import { DomainError } from '../../errors.ts';
import type { Balance, Exchange, FundingPayment } from '../port/exchange.ts';
import type { CandleSource, CandleUpdate } from '../port/market-data.ts';
import type { MarketRules } from '../port/market-rules.ts';
import type { Execution, Fill, OrderReport, OrderRequest } from '../port/orders.ts';
import type { Unsubscribe } from '../port/subscription.ts';
import type { PaperAccount, PaperStore } from './account.ts';
import type { PaperNews } from './book.ts';
import { PaperEngine } from './engine.ts';
import { PaperLedger } from './ledger.ts';
import { type PaperOrder, reportOf } from './order.ts';

/** The market data that the paper exchange fills orders against. */
export type PaperMarket = Pick<CandleSource, 'name' | 'now' | 'markets' | 'history' | 'subscribeCandles'>;

export interface PaperExchangeOptions {
  readonly account: PaperAccount;
  readonly market: PaperMarket;
  readonly store: PaperStore;
  /** Fencing token of the lease under which the account is opened; 0 where nobody else could have it. */
  readonly token?: number;
  /** Markets to watch from the start: news of them is then told before that of later subscribers. */
  readonly symbols?: readonly string[];
  /** Told what went wrong while nobody waited for an answer: the books could not be saved, missed candles could not be fetched. */
  readonly onError?: (error: unknown) => void;
}

/** What the market told. */
interface MarketNews {
  readonly symbol: string;
  readonly update: CandleUpdate;
}

type Listener = (news: PaperNews) => void;

/** Candles of downtime that are caught up at most: a year of hours, six days of minutes. */
const catchUpCandles = 8_760;
/** Closed candles that may do nothing to the books before these are saved all the same: after a crash they are matched once more, and do nothing again. */
const mostQuiet = 60;

/**
 * One paper account: orders are filled against real or simulated market data by the same rules as in a backtest, and nothing leaves the house.
 * It keeps its own books, as a real exchange does: they are saved before anybody is told, so after a crash a bot finds here whatever it missed.
 * Candles that passed meanwhile are fetched and matched first.
 */
export class PaperExchange implements Exchange {
  readonly name: string;
  /** Its books are saved under the token that they were opened with, or not at all. */
  readonly refusesPredecessors = true;
  private readonly options: PaperExchangeOptions;
  private readonly rules: ReadonlyMap<string, MarketRules>;
  private readonly ledger: PaperLedger;
  private readonly engine: PaperEngine;
  private readonly listeners = new Set<Listener>();
  private readonly watched = new Map<string, Unsubscribe>();
  /** The one queue: everything that touches the books, in order. */
  private tail: Promise<unknown> = Promise.resolve();
  /** News of the market that waits in the queue, with nothing behind it: what comes next is matched along with it and saved once. */
  private batch: MarketNews[] | undefined;
  private closed = false;
  /** Closed candles that were matched since the books were saved. */
  private quiet = 0;

  private constructor(options: PaperExchangeOptions, markets: readonly MarketRules[], state: unknown) {
    this.options = options;
    this.name = options.market.name;
    this.rules = new Map(markets.map((rules) => [rules.symbol, rules]));
    this.ledger = PaperLedger.open(options.account, state);
    const now = (): number => options.market.now();
    this.engine = new PaperEngine({
      account: options.account,
      ledger: this.ledger,
      rulesOf: (symbol) => this.rulesOf(symbol),
      now,
    });
  }

  /** Opens the account, new or as it was, and catches up with the market. */
  static async open(options: PaperExchangeOptions): Promise<PaperExchange> {
    const markets = await options.market.markets();
    const exchange = new PaperExchange(options, markets, await options.store.load(options.account.id, options.token ?? 0));
    for (const symbol of new Set([...(options.symbols ?? []), ...exchange.ledger.busySymbols()])) exchange.watch(symbol);
    await exchange.settled();
    return exchange;
  }

  now(): number {
    return this.options.market.now();
  }

  markets(): Promise<readonly MarketRules[]> {
    return Promise.resolve([...this.rules.values()]);
  }

  async submit(request: OrderRequest): Promise<OrderReport> {
    this.rulesOf(request.symbol);
    this.watch(request.symbol);
    return this.inTurn(async () => {
      const order = this.engine.submit(request);
      await this.saveAndTell();
      return reportOf(order);
    });
  }

  cancel(symbol: string, clientOrderId: string): Promise<OrderReport> {
    return this.inTurn(async () => {
      const order = this.find(symbol, clientOrderId);
      if (!order) throw new DomainError('NOT_FOUND', `no order ${clientOrderId} in ${symbol}`, { details: { clientOrderId } });
      this.engine.cancel(order);
      await this.saveAndTell();
      return reportOf(order);
    });
  }

  order(symbol: string, clientOrderId: string): Promise<OrderReport | undefined> {
    return this.inTurn(() => {
      const order = this.find(symbol, clientOrderId);
      return order && reportOf(order);
    });
  }

  openOrders(symbol?: string): Promise<readonly OrderReport[]> {
    return this.inTurn(() => this.ledger.openOrders(symbol).map(reportOf));
  }

  fillsSince(symbol: string, since: number): Promise<readonly Fill[]> {
    return this.inTurn(() =>
      this.ledger.fills.filter(({ fill, recordedAt }) => fill.symbol === symbol && recordedAt >= since).map(({ fill }) => fill),
    );
  }

  balances(): Promise<readonly Balance[]> {
    return this.inTurn(() => this.ledger.allBalances((symbol) => this.rulesOf(symbol)));
  }

  fundingSince(symbol: string, since: number): Promise<readonly FundingPayment[]> {
    return this.inTurn(() => this.ledger.funding.filter((payment) => payment.symbol === symbol && payment.at >= since));
  }

  subscribeExecutions(listener: (execution: Execution) => void, onFunding?: (payment: FundingPayment) => void): Unsubscribe {
    const entry: Listener = ({ execution, payment }) => (execution ? listener(execution) : onFunding?.(payment));
    this.listeners.add(entry);
    return () => this.listeners.delete(entry);
  }

  settled(): Promise<void> {
    return this.inTurn(async () => {
      this.engine.settle();
      if (this.engine.book.news.length > 0) await this.saveAndTell();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const stop of this.watched.values()) stop();
    this.watched.clear();
    await this.tail.catch(() => undefined);
  }

  private watch(symbol: string): void {
    if (this.watched.has(symbol)) return;
    const { market, account } = this.options;
    // What passed while nobody watched comes first, then the stream, which has waited in the queue.
    void this.inTurn(() => this.catchUp(symbol)).catch((error: unknown) => this.options.onError?.(error));
    this.watched.set(
      symbol,
      market.subscribeCandles(symbol, account.timeframe, (update) => this.received(symbol, update)),
    );
  }

  private received(symbol: string, update: CandleUpdate): void {
    if (this.batch) {
      this.batch.push({ symbol, update });
      return;
    }
    const batch: MarketNews[] = [{ symbol, update }];
    const done = this.inTurn(() => this.match(batch));
    this.batch = batch;
    void done.catch((error: unknown) => this.options.onError?.(error));
  }

  private async match(batch: readonly MarketNews[]): Promise<void> {
    if (this.batch === batch) this.batch = undefined;
    for (const { symbol, update } of batch) this.follow(symbol, update);
    await this.saveNews();
  }

  private follow(symbol: string, update: CandleUpdate): void {
    // From the first one on it is known where to catch up from: that is saved at once.
    const isFirst = !this.ledger.lastCandle.has(symbol);
    this.engine.update(symbol, update);
    if (update.isClosed && !this.engine.isIdle(symbol)) this.quiet += isFirst ? mostQuiet : 1;
  }

  private async saveNews(): Promise<void> {
    if (this.quiet >= mostQuiet || this.engine.book.news.length > 0) await this.saveAndTell();
  }

  private async catchUp(symbol: string): Promise<void> {
    const last = this.ledger.lastCandle.get(symbol);
    if (last === undefined || this.engine.isIdle(symbol)) return;
    const { market, account } = this.options;
    const length = timeframeMs(account.timeframe);
    const from = Math.max(last + length, market.now() - catchUpCandles * length);
    const candles = await market.history(symbol, account.timeframe, from, market.now());
    for (let i = 0; i < candles.openTime.length; i++) this.follow(symbol, { candle: candleAt(candles, i), isClosed: true });
    await this.saveNews();
  }

  /**
   * Saves the books, then tells the news. When saving fails the news stays, and goes out with the next success.
   * @throws DomainError EXCHANGE_UNAVAILABLE: whoever asked does not know the outcome, as with a real exchange that does not answer
   */
  private async saveAndTell(): Promise<void> {
    const { account, store, token = 0 } = this.options;
    try {
      await store.save(account.id, this.ledger.toJson(), token);
      this.quiet = 0;
    } catch (cause) {
      throw new DomainError('EXCHANGE_UNAVAILABLE', `the paper exchange could not save account ${account.id}`, { cause });
    }
    for (const news of this.engine.book.news.splice(0)) for (const listener of this.listeners) listener(news);
  }

  private inTurn<T>(task: () => T | Promise<T>): Promise<T> {
    if (this.closed)
      return Promise.reject(new DomainError('EXCHANGE_UNAVAILABLE', `paper account ${this.options.account.id} is closed`));
    this.batch = undefined;
    const result = this.tail.then(task);
    this.tail = result.catch(() => undefined);
    return result;
  }

  private find(symbol: string, clientOrderId: string): PaperOrder | undefined {
    const order = this.ledger.orders.get(clientOrderId);
    return order?.request.symbol === symbol ? order : undefined;
  }

  private rulesOf(symbol: string): MarketRules {
    const rules = this.rules.get(symbol);
    if (rules) return rules;
    throw new DomainError('NOT_FOUND', `${this.name} has no market ${symbol}`, { details: { symbol } });
  }
}
