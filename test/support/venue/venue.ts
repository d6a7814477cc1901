import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type VenueCandle, VenueCandles } from './candles.ts';
import { binance } from './binance/binance.ts';
import type { Dialect, VenueAnswer, VenueHttpRequest, VenueWorld } from './dialect.ts';
import { VenueError, venueErrors } from './errors.ts';
import { type RestFault, RestFaults } from './faults.ts';
import { type LedgerOptions, VenueLedger } from './ledger.ts';
import { tradingRestrictions } from './key-routes.ts';
import type { Moment, PublicTrade } from './market.ts';
import { VenueStreams } from './streams.ts';
import { btcusdt, ethusdt } from './symbols.ts';
import { decimal } from '../../../src/trading/money.ts';

export interface VenueOptions extends Partial<
  Pick<LedgerOptions, 'feeAsset' | 'feeRate' | 'funding' | 'tradesPerOrder' | 'symbols'>
> {
  readonly balances?: Readonly<Record<string, string>>;
  readonly seed?: number;
  /** What the venue's clock is ahead of ours, ms. */
  readonly skewMs?: number;
  /** Whose wire format it speaks; Binance's unless told. */
  readonly dialect?: Dialect;
}

/** A request that reached the venue. */
export interface VenueRequest {
  readonly route: string;
  readonly params: Readonly<Record<string, string>>;
}

const firstTradeId = 900_001;

/**
 * A local server that speaks an exchange's REST and WebSocket wire format, with books and matching of its own, for the real client. It listens on the
 * loopback only.
 */
export class Venue implements VenueWorld {
  readonly apiKey = 'venue-key';
  readonly secret: string;
  readonly dialect: Dialect;
  restrictions: Readonly<Record<string, unknown>> = tradingRestrictions();
  readonly ledger: VenueLedger;
  readonly candles = new VenueCandles();
  readonly faults = new RestFaults();
  readonly streams: VenueStreams;
  readonly requests: VenueRequest[] = [];
  skewMs: number;
  private readonly traded = new Map<string, PublicTrade[]>();
  private updateId = 100;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly timers = new Set<NodeJS.Timeout>();

  private constructor(options: VenueOptions) {
    const { symbols = [btcusdt, ethusdt], balances = { USDT: '10000' }, skewMs = 0 } = options;
    const { feeAsset, feeRate, funding, tradesPerOrder } = options;
    this.dialect = options.dialect ?? binance;
    this.secret = this.dialect.secret;
    this.skewMs = skewMs;
    this.ledger = new VenueLedger({
      symbols,
      balances,
      now: () => this.now(),
      ...(feeAsset && { feeAsset }),
      ...(feeRate && { feeRate }),
      ...(funding && { funding }),
      ...(tradesPerOrder && { tradesPerOrder }),
    });
    this.streams = new VenueStreams(this, this.dialect, options.seed ?? 1);
    this.ledger.onExecution = (execution) => this.streams.tell('user', this.dialect.execution(this, execution));
    this.server = createServer((request, response) => void this.serve(request, response));
    this.server.on('upgrade', (request, socket, head) => this.streams.upgrade(request, socket, head));
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  static async start(options: VenueOptions = {}): Promise<Venue> {
    const venue = new Venue(options);
    await new Promise<void>((resolve) => venue.server.listen(0, '127.0.0.1', resolve));
    return venue;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  now(): number {
    return Date.now() + this.skewMs;
  }

  moment(symbol: string): Moment {
    const { tickSize } = this.ledger.symbol(symbol);
    return { symbol, price: this.ledger.price(symbol), tickSize, updateId: this.updateId, at: this.now() };
  }

  publicTrades(symbol: string): readonly PublicTrade[] {
    return this.traded.get(symbol) ?? [];
  }

  /** Moves the market: orders that it reaches are filled, and the streams tell of it. */
  setPrice(symbol: string, price: string | number, available?: string): void {
    const before = this.moment(symbol);
    this.updateId += 1;
    this.ledger.setPrice(symbol, price, available);
    const after = this.moment(symbol);
    this.streams.tell('market', this.dialect.moved(before, after, this.trade(before, after)));
  }

  /** How often a route was asked. */
  asked(route: string): number {
    return this.requests.filter((request) => request.route === route).length;
  }

  addCandles(symbol: string, interval: string, candles: readonly VenueCandle[]): void {
    for (const candle of candles) this.candles.put(symbol, interval, candle);
  }

  /** A candle of the live stream, and of the records. */
  kline(symbol: string, interval: string, candle: VenueCandle, isClosed: boolean): void {
    this.candles.put(symbol, interval, candle);
    this.streams.tell('market', this.dialect.candle(this, symbol, interval, candle, isClosed));
  }

  async close(): Promise<void> {
    this.streams.close();
    for (const timer of this.timers) clearTimeout(timer);
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const [path = '', search = ''] = (request.url ?? '').split('?');
    const route = `${request.method} ${path}`;
    const asked = { route, path, search, body, headers: request.headers };
    this.requests.push({ route, params: paramsOf(asked) });
    const handle = (): VenueAnswer => this.handle(asked);
    const fault = this.faults.take(route);
    if (!fault) send(response, handle());
    else if (fault.effect === 'DELAY') this.late(fault, response, handle);
    else {
      const right = fault.processed === false ? undefined : handle();
      spoil(fault, response, right, this.dialect);
    }
  }

  private late(fault: RestFault, response: ServerResponse, handle: () => VenueAnswer): void {
    const early = fault.processed === false ? undefined : handle();
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      // The client may have gone; the venue does what it was asked all the same.
      const result = early ?? handle();
      if (!response.destroyed) send(response, result);
    }, fault.delayMs ?? 1_000);
    this.timers.add(timer);
  }

  private handle(request: VenueHttpRequest): VenueAnswer {
    try {
      return { status: 200, json: this.dialect.answer(this, request) };
    } catch (error) {
      if (error instanceof VenueError) return this.dialect.refusal(error);
      throw error;
    }
  }

  private trade({ price: before }: Moment, { symbol, price, at }: Moment): PublicTrade {
    const trades = this.traded.get(symbol) ?? [];
    this.traded.set(symbol, trades);
    const id = firstTradeId + trades.length;
    const trade = { id, symbol, price, quantity: decimal('0.5'), side: price.gte(before) ? 'BUY' : 'SELL', at } as const;
    trades.push(trade);
    return trade;
  }
}

/** Of a form, of an address, or of a JSON body. */
function paramsOf({ search, body }: VenueHttpRequest): Record<string, string> {
  const fromBody = body.startsWith('{')
    ? Object.entries(JSON.parse(body) as object).map(([key, value]) => [key, String(value)])
    : [...new URLSearchParams(body)];
  return Object.fromEntries([...new URLSearchParams(search), ...fromBody]) as Record<string, string>;
}

function send(response: ServerResponse, { status, json }: VenueAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json;charset=UTF-8' }).end(JSON.stringify(json));
}

function spoil(fault: RestFault, response: ServerResponse, right: VenueAnswer | undefined, dialect: Dialect): void {
  const text = JSON.stringify(right?.json ?? {});
  const half = text.slice(0, Math.ceil(text.length / 2));
  const json = { 'content-type': 'application/json;charset=UTF-8' };
  if (fault.effect === 'RESET') response.socket?.destroy();
  else if (fault.effect === 'STALL') response.writeHead(200, { ...json, 'content-length': text.length + 1 }).write(half);
  else if (fault.effect === 'TRUNCATE') response.writeHead(200, json).end(half);
  else if (fault.effect === 'EMPTY') response.writeHead(200, json).end();
  else if (fault.effect === 'HTML')
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Attention required</body></html>');
  else {
    const status = fault.status ?? 503;
    const isLimit = status === 429 || status === 418;
    const retry = fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
    // Overload answers come from the front, which knows no JSON.
    if (isLimit)
      response
        .writeHead(status, { ...json, ...retry })
        .end(JSON.stringify(dialect.refusal(venueErrors.tooManyRequests(status)).json));
    else response.writeHead(status, { 'content-type': 'text/html', ...retry }).end('<html>Service Unavailable</html>');
  }
}
