import { createHmac } from 'node:crypto';
import { decimal } from '../../../../src/trading/money.ts';
import type { VenueHttpRequest, VenueWorld } from '../dialect.ts';
import { venueErrors } from '../errors.ts';
import { isOpen, type VenueOrder, type VenueTransfer } from '../ledger.ts';
import { executionJson, instrumentJson, klineRow, levelsOf, orderJson, publicTradeJson, tickerJson } from './json.ts';
import { bookOf } from '../market.ts';

type Params = Readonly<Record<string, string | undefined>>;
type Route = (world: VenueWorld, params: Params) => unknown;

const intervals: Readonly<Record<string, string>> = { '1': '1m', '5': '5m', '60': '1h' };
const weekMs = 7 * 86_400_000;

const open: Readonly<Record<string, Route>> = {
  'GET /v5/market/time': (world) => ({ timeSecond: String(Math.floor(world.now() / 1_000)), timeNano: `${world.now()}000000` }),
  'GET /v5/market/instruments-info': ({ ledger }) => ({ category: 'spot', list: ledger.symbols.map(instrumentJson) }),
  'GET /v5/market/tickers': (world, { symbol }) => ({
    category: 'spot',
    list: [tickerJson(world.moment(world.ledger.symbol(symbol).id))],
  }),
  // The newest first.
  'GET /v5/market/kline': ({ candles, ledger }, { symbol, interval = '1', start, end, limit = '200' }) => {
    const query = { ...(start !== undefined && { start: Number(start) }), ...(end !== undefined && { end: Number(end) }) };
    const rows = candles.page(ledger.symbol(symbol).id, intervals[interval] ?? '', { ...query, limit: Number(limit) });
    return { category: 'spot', symbol, list: rows.toReversed().map(klineRow) };
  },
  'GET /v5/market/recent-trade': (world, { symbol, limit = '60' }) => ({
    category: 'spot',
    list: world.publicTrades(world.ledger.symbol(symbol).id).toReversed().slice(0, Number(limit)).map(publicTradeJson),
  }),
  'GET /v5/market/orderbook': (world, { symbol }) => {
    const moment = world.moment(world.ledger.symbol(symbol).id);
    const { bids, asks } = bookOf(moment);
    return {
      s: symbol,
      b: levelsOf(bids),
      a: levelsOf(asks),
      ts: moment.at,
      u: moment.updateId,
      seq: moment.updateId,
      cts: moment.at,
    };
  },
};

const signed: Readonly<Record<string, Route>> = {
  'GET /v5/user/query-api': () => ({
    id: '1',
    readOnly: 0,
    unified: 0,
    uta: 1,
    permissions: { Spot: ['SpotTrade'], Wallet: [] },
  }),
  'GET /v5/account/info': () => ({ unifiedMarginStatus: 6, marginMode: 'REGULAR_MARGIN' }),
  'GET /v5/account/wallet-balance': ({ ledger }) => ({
    list: [
      {
        accountType: 'UNIFIED',
        coin: [...ledger.balances].map(([coin, { free, locked }]) => ({
          coin,
          walletBalance: free.add(locked).toString(),
          locked: locked.toString(),
          availableToWithdraw: '',
          totalOrderIM: '0',
          totalPositionIM: '0',
          borrowAmount: '0',
          accruedInterest: '0',
        })),
      },
    ],
  }),
  'POST /v5/order/create': ({ ledger }, params) => {
    const { symbol = '', side, orderType, qty, price, triggerPrice, timeInForce, orderLinkId, marketUnit } = params;
    if (qty === undefined) throw venueErrors.missing('qty');
    if (side !== 'Buy' && side !== 'Sell') throw venueErrors.missing('side');
    // Without the word an amount to buy at the market's price is in the quote asset.
    if (orderType === 'Market' && side === 'Buy' && triggerPrice === undefined && marketUnit !== 'baseCoin')
      throw venueErrors.missing('marketUnit');
    const isLimit = orderType === 'Limit';
    const type =
      triggerPrice === undefined
        ? isLimit
          ? timeInForce === 'PostOnly'
            ? 'LIMIT_MAKER'
            : 'LIMIT'
          : 'MARKET'
        : isLimit
          ? 'STOP_LOSS_LIMIT'
          : 'STOP_LOSS';
    const order = ledger.place({
      symbol,
      side: side === 'Buy' ? 'BUY' : 'SELL',
      type,
      quantity: qty,
      ...(isLimit && price !== undefined && { price }),
      ...(triggerPrice !== undefined && { stopPrice: triggerPrice }),
      ...(timeInForce !== undefined && { timeInForce }),
      clientOrderId: orderLinkId ?? `web-${ledger.orders.length}`,
    });
    // Hardly more than its id.
    return { orderId: String(order.id), orderLinkId: order.request.clientOrderId };
  },
  // "Create Internal Transfer": of its directions the one from the funding account to the unified one.
  'POST /v5/asset/transfer/inter-transfer': ({ ledger }, { transferId, coin, amount, fromAccountType, toAccountType }) => {
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(transferId ?? '')) throw venueErrors.missing('transferId');
    if (coin === undefined) throw venueErrors.missing('coin');
    if (amount === undefined) throw venueErrors.missing('amount');
    if (fromAccountType !== 'FUND' || toAccountType !== 'UNIFIED') throw venueErrors.missing('fromAccountType');
    return transferJson(ledger.bring(coin, decimal(amount), transferId));
  },
  'GET /v5/asset/transfer/query-inter-transfer-list': ({ ledger }, { transferId, coin, startTime = '0', endTime }) => {
    const list = ledger.transfers.filter(
      ({ clientId, asset, time }) =>
        (transferId === undefined || clientId === transferId) &&
        (coin === undefined || asset === coin) &&
        time >= Number(startTime) &&
        time <= Number(endTime ?? Number.POSITIVE_INFINITY),
    );
    return { list: list.toReversed().map(transferJson), nextPageCursor: '' };
  },
  'POST /v5/order/cancel': ({ ledger }, { symbol, orderId, orderLinkId, orderFilter = 'Order' }) => {
    const known = ledger.find(symbol, orderId, orderLinkId);
    if (known && (orderFilter === 'StopOrder') !== isWaitingStop(known)) throw venueErrors.unknownOrder();
    const order = ledger.cancel(symbol, orderId, orderLinkId);
    return { orderId: String(order.id), orderLinkId: order.request.clientOrderId };
  },
  'GET /v5/order/realtime': (world, params) => listed(world, world.ledger.openOrders(params.symbol), params),
  'GET /v5/order/history': (world, params) =>
    listed(world, world.ledger.orders.filter((order) => !isOpen(order)).toReversed(), params),
  'GET /v5/execution/list': ({ ledger }, { symbol, startTime = '0', endTime, limit = '50', cursor = '0' }) => {
    if (endTime !== undefined && Number(endTime) - Number(startTime) > weekMs) throw venueErrors.tooLong();
    const trades = ledger.trades
      .filter(
        (trade) =>
          trade.symbol === symbol && trade.time >= Number(startTime) && trade.time <= Number(endTime ?? Number.POSITIVE_INFINITY),
      )
      .toReversed();
    const [from, count] = [Number(cursor), Number(limit)];
    const list = trades.slice(from, from + count).map((trade) => executionJson(trade, ledger));
    return { category: 'spot', list, nextPageCursor: from + count < trades.length ? String(from + count) : '' };
  },
};

/** Answers one request. @throws VenueError as Bybit would refuse */
export function answer(world: VenueWorld, { route, search, body, headers }: VenueHttpRequest): unknown {
  const handler = open[route] ?? signed[route];
  if (!handler) throw venueErrors.notHere(route);
  if (route in signed) {
    const [key, at, window] = ['x-bapi-api-key', 'x-bapi-timestamp', 'x-bapi-recv-window'].map((name) => String(headers[name]));
    if (key !== world.apiKey) throw venueErrors.badKey();
    const payload = `${at}${key}${window}${route.startsWith('POST') ? body : search}`;
    if (headers['x-bapi-sign'] !== createHmac('sha256', world.secret).update(payload).digest('hex'))
      throw venueErrors.badSignature();
    if (Number(at) > world.now() + 1_000) throw venueErrors.timestampAhead();
    if (world.now() - Number(at) > Number(window)) throw venueErrors.timestampLate();
  }
  const params = body === '' ? Object.fromEntries(new URLSearchParams(search)) : (JSON.parse(body) as Params);
  return { retCode: 0, retMsg: 'OK', result: handler(world, params), retExtInfo: {}, time: world.now() };
}

function transferJson({ clientId, asset, amount, time, status }: VenueTransfer): unknown {
  return {
    transferId: clientId,
    coin: asset,
    amount: amount.toFixed(),
    fromAccountType: 'FUND',
    toAccountType: 'UNIFIED',
    timestamp: String(time),
    status: { DONE: 'SUCCESS', PENDING: 'PENDING', FAILED: 'FAILED' }[status],
  };
}

function isWaitingStop({ stopPrice, isWorking }: VenueOrder): boolean {
  return stopPrice.gt(0) && !isWorking;
}

/** Of these orders those that are asked for. Stops that wait stand in a list of their own. */
function listed(world: VenueWorld, orders: readonly VenueOrder[], params: Params): unknown {
  const { symbol, orderId, orderLinkId, orderFilter, limit = '20', cursor = '0' } = params;
  if (symbol !== undefined) world.ledger.symbol(symbol);
  const wanted = orders.filter(
    (order) =>
      (symbol === undefined || order.symbol.id === symbol) &&
      (orderId === undefined || String(order.id) === orderId) &&
      (orderLinkId === undefined || order.request.clientOrderId === orderLinkId) &&
      (orderFilter === 'StopOrder') === isWaitingStop(order),
  );
  const [from, count] = [Number(cursor), Number(limit)];
  return {
    category: 'spot',
    list: wanted.slice(from, from + count).map((order) => orderJson(order)),
    nextPageCursor: from + count < wanted.length ? String(from + count) : '',
  };
}
