import { createHash, createHmac } from 'node:crypto';
import type { VenueHttpRequest, VenueWorld } from '../dialect.ts';
import { venueErrors } from '../errors.ts';
import { isOpen, type VenueOrder } from '../ledger.ts';
import {
  depthJson,
  describe,
  ohlcRow,
  orderIdOf,
  orderJson,
  pairJson,
  publicTradeRow,
  tickerJson,
  tradeIdOf,
  tradeJson,
} from './json.ts';
import { krakenAsset, pairOf, symbolOf } from './names.ts';

type Params = Readonly<Record<string, string | undefined>>;
type Route = (world: VenueWorld, params: Params) => unknown;

const intervals: Readonly<Record<string, string>> = { '1': '1m', '5': '5m', '60': '1h' };
const perPage = 50;
/** The last numbers of requests, by world. */
const nonces = new WeakMap<VenueWorld, number>();

const open: Readonly<Record<string, Route>> = {
  'GET /0/public/Time': (world) => ({ unixtime: Math.floor(world.now() / 1_000), rfc1123: new Date(world.now()).toUTCString() }),
  'GET /0/public/AssetPairs': ({ ledger }) =>
    Object.fromEntries(ledger.symbols.map((symbol) => [pairOf(symbol), pairJson(symbol)])),
  'GET /0/public/Ticker': (world, { pair }) => ofPair(world, pair, (id) => tickerJson(world.moment(id))),
  'GET /0/public/Depth': (world, { pair }) => ofPair(world, pair, (id) => depthJson(world.moment(id))),
  // The last 720 candles, the forming one among them, whatever `since` is.
  'GET /0/public/OHLC': (world, { pair, interval = '1', since = '0' }) => {
    const { id } = symbolOf(world, pair);
    const rows = world.candles.page(id, intervals[interval] ?? '', { limit: 720 });
    const wanted = rows.filter(({ openTime }) => openTime / 1_000 > Number(since));
    return { [pair ?? '']: wanted.map(ohlcRow), last: (rows.at(-2)?.openTime ?? 0) / 1_000 };
  },
  'GET /0/public/Trades': (world, { pair, since = '0', count = '1000' }) => {
    // Nanoseconds; shorter numbers are seconds.
    const from = since.length > 12 ? Number(BigInt(since) / 1_000_000n) : Number(since) * 1_000;
    const trades = world.publicTrades(symbolOf(world, pair).id).filter(({ at }) => at >= from);
    const page = trades.slice(0, Number(count));
    return { [pair ?? '']: page.map(publicTradeRow), last: `${page.at(-1)?.at ?? from}000000` };
  },
};

const signed: Readonly<Record<string, Route>> = {
  'POST /0/private/AddOrder': (world, params) => {
    const { pair, type, ordertype, volume, price, price2, oflags = '', timeinforce, cl_ord_id: clientOrderId, deadline } = params;
    if (volume === undefined) throw venueErrors.missing('volume');
    if (deadline !== undefined && Date.parse(deadline) < world.now()) throw venueErrors.timestampLate();
    const isPostOnly = oflags.split(',').includes('post');
    const types: Readonly<Record<string, string>> = {
      market: 'MARKET',
      limit: isPostOnly ? 'LIMIT_MAKER' : 'LIMIT',
      'stop-loss': 'STOP_LOSS',
      'stop-loss-limit': 'STOP_LOSS_LIMIT',
    };
    const kind = types[ordertype ?? ''];
    if (kind === undefined || (type !== 'buy' && type !== 'sell')) throw venueErrors.missing('ordertype');
    const isStop = kind.startsWith('STOP');
    const [limit, stop] = isStop ? [price2, price] : [price, undefined];
    const order = world.ledger.place({
      symbol: symbolOf(world, pair).id,
      side: type === 'buy' ? 'BUY' : 'SELL',
      type: kind,
      quantity: volume,
      ...(limit !== undefined && { price: limit }),
      ...(stop !== undefined && { stopPrice: stop }),
      ...(timeinforce !== undefined && { timeInForce: timeinforce }),
      clientOrderId: clientOrderId ?? `web-${world.ledger.orders.length}`,
    });
    // Hardly more than its id.
    return { descr: { order: describe(order).order }, txid: [orderIdOf(order)] };
  },
  'POST /0/private/CancelOrder': (world, { txid, cl_ord_id }) => {
    const order = world.ledger.orders.findLast(
      (one) => isOpen(one) && (cl_ord_id === undefined ? orderIdOf(one) === txid : one.request.clientOrderId === cl_ord_id),
    );
    if (!order) throw venueErrors.unknownOrder();
    world.ledger.cancel(order.symbol.id, String(order.id), undefined);
    return { count: 1 };
  },
  'POST /0/private/OpenOrders': ({ ledger }, { cl_ord_id }) => ({ open: listed(ledger.openOrders(), cl_ord_id) }),
  'POST /0/private/ClosedOrders': ({ ledger }, { cl_ord_id }) => {
    const done = ledger.orders.filter((order) => !isOpen(order));
    return { closed: listed(done.toReversed().slice(0, perPage), cl_ord_id), count: done.length };
  },
  'POST /0/private/QueryOrders': ({ ledger }, { txid = '' }) => {
    const ids = new Set(txid.split(','));
    return listed(
      ledger.orders.filter((order) => ids.has(orderIdOf(order))),
      undefined,
    );
  },
  'POST /0/private/TradesHistory': ({ ledger }, { start = '0', ofs = '0' }) => {
    const trades = ledger.trades.filter(({ time }) => time / 1_000 > Number(start)).toReversed();
    const page = trades.slice(Number(ofs), Number(ofs) + perPage);
    return {
      trades: Object.fromEntries(page.map((trade) => [tradeIdOf(trade), tradeJson(trade, ledger.symbol(trade.symbol))])),
      count: trades.length,
    };
  },
  'POST /0/private/BalanceEx': ({ ledger }) =>
    Object.fromEntries(
      [...ledger.balances].map(([asset, { free, locked }]) => [
        krakenAsset(asset),
        { balance: free.add(locked).toFixed(8), hold_trade: locked.toFixed(8) },
      ]),
    ),
  'POST /0/private/GetApiKeyInfo': () => ({
    permissions: ['query-funds', 'query-open-trades', 'query-closed-trades', 'modify-trades', 'close-trades'],
  }),
  'POST /0/private/GetWebSocketsToken': () => ({ token: 'venue-token', expires: 900 }),
};

/** Answers one request. @throws VenueError as Kraken would refuse */
export function answer(world: VenueWorld, { route, path, search, body, headers }: VenueHttpRequest): unknown {
  const handler = open[route] ?? signed[route];
  if (!handler) throw venueErrors.notHere(route);
  const params = Object.fromEntries(new URLSearchParams(route in signed ? body : search));
  if (route in signed) {
    if (headers['api-key'] !== world.apiKey) throw venueErrors.badKey();
    const digest = createHash('sha256')
      .update((params.nonce ?? '') + body)
      .digest();
    const message = Buffer.concat([Buffer.from(path), digest]);
    const signature = createHmac('sha512', Buffer.from(world.secret, 'base64')).update(message).digest('base64');
    if (headers['api-sign'] !== signature) throw venueErrors.badSignature();
    const nonce = Number(params.nonce);
    if (!(nonce > (nonces.get(world) ?? 0))) throw venueErrors.nonce();
    nonces.set(world, nonce);
  }
  return { error: [], result: handler(world, params) };
}

function ofPair(world: VenueWorld, pair: string | undefined, read: (id: string) => unknown): Record<string, unknown> {
  return { [pair ?? '']: read(symbolOf(world, pair).id) };
}

function listed(orders: readonly VenueOrder[], clientOrderId: string | undefined): Record<string, unknown> {
  const wanted = orders.filter(({ request }) => clientOrderId === undefined || request.clientOrderId === clientOrderId);
  return Object.fromEntries(wanted.map((order) => [orderIdOf(order), orderJson(order)]));
}
