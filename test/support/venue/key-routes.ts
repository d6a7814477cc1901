import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What Binance answers about a key that may trade on the spot market and nothing else. */
export function tradingRestrictions(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    ipRestrict: true,
    createTime: 1_698_645_219_000,
    enableReading: true,
    enableWithdrawals: false,
    enableInternalTransfer: false,
    enableMargin: false,
    enableFutures: false,
    permitsUniversalTransfer: false,
    enableVanillaOptions: false,
    enableFixApiTrade: false,
    enableFixReadOnly: true,
    enableSpotAndMarginTrading: true,
    enablePortfolioMarginTrading: false,
    ...changes,
  };
}

/**
 * A local server that knows one key each of Bybit and Kraken and says what it may do, in their wire formats; everything else is asked in
 * vain. It listens on the loopback only.
 */
export class KeyServer {
  readonly hosts: ReadonlySet<string> = new Set(['api.bybit.com', 'api.kraken.com']);
  readonly apiKey = 'key-of-the-key-server';
  /** Kraken's secrets are Base64; Bybit takes any text. */
  readonly secret = Buffer.from('secret of the key server').toString('base64');
  /** What is answered in `result`. */
  bybit: Record<string, unknown> = { readOnly: 0, permissions: { Spot: ['SpotTrade'], Wallet: [] } };
  kraken: Record<string, unknown> = { permissions: ['query-funds', 'query-open-trades', 'modify-trades'] };
  /** Sent instead of any answer. */
  text: string | undefined;
  /** What its clock is ahead of ours, ms. */
  skewMs = 0;
  readonly requests: string[] = [];
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor() {
    this.server = createServer((request, response) => {
      void this.answer(request).then((json) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(this.text ?? JSON.stringify(json));
      });
    });
    this.server.on('connection', (socket) => this.sockets.add(socket));
  }

  static async start(): Promise<KeyServer> {
    const keys = new KeyServer();
    await new Promise<void>((resolve) => keys.server.listen(0, '127.0.0.1', resolve));
    return keys;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async answer(request: IncomingMessage): Promise<unknown> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const [path = '', query = ''] = (request.url ?? '').split('?');
    this.requests.push(`${request.method} ${path}`);
    const now = Date.now() + this.skewMs;
    switch (`${request.method} ${path}`) {
      case 'GET /v5/market/time':
        return {
          retCode: 0,
          retMsg: 'OK',
          result: { timeSecond: String(Math.floor(now / 1000)), timeNano: `${now}000000` },
          time: now,
        };
      case 'GET /v5/user/query-api':
        return this.bybitKey(request, query, now);
      case 'POST /0/private/GetApiKeyInfo':
        return this.krakenKey(request, path, body);
      default:
        return { error: ['EGeneral:Unknown method'], retCode: 10_404, retMsg: `no ${path} here` };
    }
  }

  private bybitKey({ headers }: IncomingMessage, query: string, now: number): unknown {
    const refused = (retCode: number, retMsg: string): unknown => ({ retCode, retMsg, result: {}, retExtInfo: {}, time: now });
    const [key, at, window] = ['x-bapi-api-key', 'x-bapi-timestamp', 'x-bapi-recv-window'].map((name) => String(headers[name]));
    if (key !== this.apiKey) return refused(10_003, `API key ${key} is invalid.`);
    const signature = createHmac('sha256', this.secret).update(`${at}${key}${window}${query}`).digest('hex');
    if (headers['x-bapi-sign'] !== signature)
      return refused(10_004, 'error sign! please check your signature generation algorithm.');
    if (Math.abs(now - Number(at)) > Number(window))
      return refused(10_002, 'invalid request, please check your server timestamp');
    return { retCode: 0, retMsg: '', result: { apiKey: key, secret: '', ...this.bybit }, retExtInfo: {}, time: now };
  }

  private krakenKey({ headers }: IncomingMessage, path: string, body: string): unknown {
    if (headers['api-key'] !== this.apiKey) return { error: ['EAPI:Invalid key'] };
    const nonce = new URLSearchParams(body).get('nonce') ?? '';
    const digest = createHash('sha256')
      .update(nonce + body)
      .digest();
    const message = Buffer.concat([Buffer.from(path), digest]);
    const signature = createHmac('sha512', Buffer.from(this.secret, 'base64')).update(message).digest('base64');
    if (headers['api-sign'] !== signature) return { error: ['EAPI:Invalid signature'] };
    return { error: [], result: this.kraken };
  }
}
