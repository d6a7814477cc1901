/*
 * What the adapter uses of a ccxt client. Clients are made with `number: String`, so every amount that ccxt has parsed is the exchange's own
 * text, and no money passes through a double.
 */

/** A number as an exchange wrote it. ccxt's own constants (fee tables) stay numbers. */
export type NumberText = string | number;

export interface CcxtLimits {
  readonly min?: NumberText;
  readonly max?: NumberText;
}

export interface CcxtMarket {
  readonly id: string;
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly spot?: boolean;
  readonly active?: boolean;
  readonly maker?: NumberText;
  readonly taker?: NumberText;
  readonly precision: { readonly amount?: NumberText; readonly price?: NumberText };
  /** What the exchange wrote. */
  readonly info?: unknown;
  readonly limits: { readonly amount?: CcxtLimits; readonly price?: CcxtLimits; readonly cost?: CcxtLimits };
}

export interface CcxtFee {
  readonly cost?: NumberText | null;
  readonly currency?: string | null;
}

export interface CcxtOrder {
  readonly id?: string;
  readonly clientOrderId?: string;
  readonly symbol?: string;
  readonly type?: string;
  readonly side?: string;
  readonly status?: string;
  readonly amount?: NumberText;
  readonly filled?: NumberText;
  readonly remaining?: NumberText;
  readonly price?: NumberText;
  readonly triggerPrice?: NumberText;
  readonly stopLossPrice?: NumberText;
  readonly takeProfitPrice?: NumberText;
  readonly reduceOnly?: boolean;
  readonly timestamp?: number;
  readonly lastTradeTimestamp?: number;
  readonly lastUpdateTimestamp?: number;
  /** What the exchange wrote. */
  readonly info?: unknown;
}

export interface CcxtTrade {
  readonly id?: string;
  readonly order?: string;
  readonly symbol?: string;
  readonly side?: string;
  readonly takerOrMaker?: string;
  readonly price?: NumberText;
  readonly amount?: NumberText;
  readonly timestamp?: number;
  readonly fee?: CcxtFee | null;
  readonly fees?: readonly CcxtFee[];
  /** What the exchange wrote. */
  readonly info?: unknown;
}

export interface CcxtTicker {
  readonly timestamp?: number;
  readonly last?: NumberText;
  readonly high?: NumberText;
  readonly low?: NumberText;
  readonly baseVolume?: NumberText;
}

/** Price and amount. */
export type CcxtLevel = readonly [price: NumberText, amount: NumberText, ...rest: unknown[]];

export interface CcxtOrderBook {
  readonly timestamp?: number;
  readonly bids: readonly CcxtLevel[];
  readonly asks: readonly CcxtLevel[];
}

/** Open time in ms, open, high, low, close, volume. */
export type CcxtCandle = readonly [number, ...NumberText[]];

type Params = Readonly<Record<string, unknown>>;

/** One WebSocket connection. */
export interface CcxtSocket {
  /** Absent until it was dialed. */
  readonly connection?: { terminate?(): void };
  /** What is subscribed to, and who waits for it, by ccxt's name of the stream. */
  readonly subscriptions: Record<string, unknown>;
  readonly futures: Readonly<Record<string, unknown>>;
  future(hash: string): Promise<unknown>;
  resolve(result: unknown, hash: string): unknown;
  reject(error: Error, hash: string): unknown;
  send(message: unknown): Promise<unknown>;
}

export interface CcxtClient {
  readonly id: string;
  readonly has: Record<string, unknown>;
  readonly options: Record<string, unknown>;
  readonly timeframes: Readonly<Record<string, string>>;
  readonly precisionMode: number;
  readonly tickers: Readonly<Record<string, CcxtTicker>>;
  parseNumber(value: NumberText | null | undefined, otherwise?: NumberText): NumberText | undefined;
  parseJson(text: string): unknown;
  isJsonEncodedObject(text: string): boolean;
  /** Puts the numbers of a JSON text in quotes. */
  onJsonResponse(text: string): string;
  nonce(): number;
  milliseconds(): number;
  parseOrder(raw: unknown, market?: unknown): CcxtOrder;
  parseTrade(raw: unknown, market?: unknown): CcxtTrade;
  /** By address. */
  readonly clients: Readonly<Record<string, CcxtSocket>>;
  fetch(url: string, method?: string, headers?: unknown, body?: unknown): Promise<unknown>;
  handleErrors(
    status: number,
    reason: string,
    url: string,
    method: string,
    headers: Params,
    body: unknown,
    json: unknown,
    ...rest: unknown[]
  ): unknown;
  client(url: string): CcxtSocket;
  getDispatcherOptions(isPlain?: boolean): object;
  amountToPrecision(symbol: string, amount: NumberText): string;
  priceToPrecision(symbol: string, price: NumberText): string;
  loadMarkets(reload?: boolean): Promise<Readonly<Record<string, CcxtMarket>>>;
  setMarkets(markets: Readonly<Record<string, CcxtMarket>>, currencies?: unknown): unknown;
  safeSymbol(id: string | undefined, market?: undefined, delimiter?: undefined, type?: string): string;
  fetchMarkets(params?: Params): Promise<readonly CcxtMarket[]>;
  fetchTime(): Promise<number | undefined>;
  fetchOHLCV(symbol: string, timeframe: string, since: number, limit: number, params?: Params): Promise<readonly CcxtCandle[]>;
  fetchTicker(symbol: string): Promise<CcxtTicker>;
  fetchOrderBook(symbol: string, limit: number): Promise<CcxtOrderBook>;
  fetchTrades(symbol: string, since: number | undefined, limit: number, params?: Params): Promise<readonly CcxtTrade[]>;
  fetchBalance(): Promise<Readonly<Record<string, unknown>>>;
  createOrder(symbol: string, type: string, side: string, amount: string, price?: string, params?: Params): Promise<CcxtOrder>;
  market(symbol: string): { readonly id: string };
  currency(code: string): { readonly id: string };
  privatePostOrderListOco(params: Params): Promise<unknown>;
  sapiPostAssetTransfer(params: Params): Promise<unknown>;
  sapiGetAssetTransfer(params: Params): Promise<unknown>;
  privatePostV5AssetTransferInterTransfer(params: Params): Promise<unknown>;
  privateGetV5AssetTransferQueryInterTransferList(params: Params): Promise<unknown>;
  cancelOrder(id: string | undefined, symbol: string, params?: Params): Promise<unknown>;
  fetchOrder(id: string | undefined, symbol: string, params?: Params): Promise<CcxtOrder>;
  fetchOpenOrders(symbol?: string, since?: number, limit?: number, params?: Params): Promise<readonly CcxtOrder[]>;
  fetchOrders(symbol: string, since?: number, limit?: number, params?: Params): Promise<readonly CcxtOrder[]>;
  fetchClosedOrders(symbol?: string, since?: number, limit?: number, params?: Params): Promise<readonly CcxtOrder[]>;
  fetchCanceledAndClosedOrders(symbol?: string, since?: number, limit?: number, params?: Params): Promise<readonly CcxtOrder[]>;
  fetchOrdersByIds(ids: readonly string[], symbol?: string): Promise<readonly CcxtOrder[]>;
  fetchMyTrades(symbol: string | undefined, since?: number, limit?: number, params?: Params): Promise<readonly CcxtTrade[]>;
  watch(url: string, hash: string, message: unknown, subscribeHash: string): Promise<unknown>;
  watchTicker(symbol: string): Promise<CcxtTicker>;
  unWatchTicker(symbol: string): Promise<unknown>;
  watchOrderBook(symbol: string, limit: number): Promise<CcxtOrderBook>;
  unWatchOrderBook(symbol: string, params: { readonly limit: number }): Promise<unknown>;
  watchTrades(symbol: string): Promise<readonly CcxtTrade[]>;
  unWatchTrades(symbol: string): Promise<unknown>;
  watchOHLCV(symbol: string, timeframe: string): Promise<readonly CcxtCandle[]>;
  unWatchOHLCV(symbol: string, timeframe: string): Promise<unknown>;
  watchOrders(): Promise<readonly CcxtOrder[]>;
  watchMyTrades(): Promise<readonly CcxtTrade[]>;
  handleOHLCV(socket: CcxtSocket, message: unknown): unknown;
  close(): Promise<unknown>;
}
