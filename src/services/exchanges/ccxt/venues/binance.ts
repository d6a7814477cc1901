import type { Candle } from '../../../../trading/candle.ts';
import { TimeInForce } from '../../../../trading/order.ts';
import { parseTimeframe, timeframeText } from '../../../../trading/timeframe.ts';
import type { CcxtOrder } from '../client.ts';
import { absentAsUndefined } from '../failures.ts';
import { binanceFundingWallet } from './binance-funding.ts';
import type { VenueProfile } from './profile.ts';

const page = 1_000;
const hourMs = 3_600_000;
/** Orders that are asked for one by one; more of them come by the page. */
const fewOrders = 3;

interface Kline {
  readonly k?: {
    readonly t: number;
    readonly s: string;
    readonly i: string;
    readonly o: string;
    readonly h: string;
    readonly l: string;
    readonly c: string;
    readonly v: string;
    readonly x: boolean;
  };
}

/** Binance, spot. Public trades are its aggregate trades: what one order took at one price, with ids of their own. */
export const binance: VenueProfile = {
  id: 'binance',
  options: {
    defaultType: 'spot',
    fetchMarkets: { types: ['spot'] },
    fetchMargins: false,
    fetchOpenOrders: { warnWithoutSymbol: false },
    watchTrades: { name: 'aggTrade' },
    watchTradesForSymbols: { name: 'aggTrade' },
    // An order that arrives later than this is refused: absence may be concluded sooner.
    recvWindow: 5_000,
  },
  prepare(client) {
    // ccxt calls every stop a market or limit order, even where it trails the market and has no trigger that ccxt could tell.
    const parseOrder = client.parseOrder.bind(client);
    client.parseOrder = (raw, market) => {
      const { type } = raw as { readonly type?: string };
      return { ...parseOrder(raw, market), ...(type !== undefined && { type: type.toLowerCase() }) };
    };
  },
  beginsAt: Date.UTC(2017, 6, 14),
  bookDepth: 100,
  hasTradeSequence: true,
  candles: (client, symbol, timeframe, since) => client.fetchOHLCV(symbol, timeframeText(timeframe), since, page),
  async *publicTrades(client, symbol, since, now) {
    // Binance gives an hour from a moment on, and everything from an id on.
    for (let from = since; from <= now; from += hourMs) {
      let trades = await client.fetchTrades(symbol, from, page);
      if (trades.length === 0) continue;
      for (let last = -1n; trades.length > 0;) {
        yield trades;
        const before = last;
        last = trades.reduce((most, { id = '0' }) => (BigInt(id) > most ? BigInt(id) : most), before);
        // Whoever answers with the same ones again has no others.
        if (last === before) return;
        trades = await client.fetchTrades(symbol, undefined, page, { fromId: String(last + 1n) });
      }
      return;
    }
  },
  closedCandle: (client, message) => {
    const { k } = message as Kline;
    const timeframe = k?.x ? parseTimeframe(k.i) : undefined;
    if (!k || timeframe === undefined) return undefined;
    const candle: Candle = { openTime: k.t, open: +k.o, high: +k.h, low: +k.l, close: +k.c, volume: +k.v };
    return { symbol: client.safeSymbol(k.s, undefined, undefined, 'spot'), timeframe, candle };
  },
  clientOrderId: /^[.A-Z:/a-z0-9_-]{1,36}$/,
  clientOrderIdLength: 36,
  timesInForce: Object.values(TimeInForce),
  hasExactStreams: true,
  orderParams: () => ({}),
  countsRequests: false,
  async placePair(client, symbol, { amount, stop, target }) {
    // https://developers.binance.com, Spot API, "New Order list - OCO": the limit stands above the price, the stop below.
    const market = client.market(symbol);
    const answer = await client.privatePostOrderListOco({
      symbol: market.id,
      side: 'SELL',
      quantity: amount,
      listClientOrderId: `${stop.clientOrderId}-oco`,
      aboveType: 'LIMIT_MAKER',
      aboveClientOrderId: target.clientOrderId,
      abovePrice: target.price,
      belowType: 'STOP_LOSS',
      belowClientOrderId: stop.clientOrderId,
      belowStopPrice: stop.stopPrice,
      newOrderRespType: 'RESULT',
    });
    const { orderReports = [] } = answer as { readonly orderReports?: readonly unknown[] };
    const orders = orderReports.map((raw) => client.parseOrder(raw, market));
    return [stop, target].map(({ clientOrderId }) => {
      const order = orders.find((other) => other.clientOrderId === clientOrderId);
      if (!order) throw new TypeError(`the answer does not tell order ${clientOrderId} of the pair`);
      return order;
    });
  },
  fundingWallet: binanceFundingWallet,
  cancelOrder: (client, symbol, clientOrderId) => client.cancelOrder(undefined, symbol, { clientOrderId }),
  stopParam: 'triggerPrice',
  findOrder: (client, symbol, clientOrderId) => client.fetchOrder(undefined, symbol, { clientOrderId }),
  openOrders: (client, symbol) => client.fetchOpenOrders(symbol),
  async ordersById(client, symbol, ids) {
    if (ids.length <= fewOrders)
      return (await Promise.all(ids.map((id) => absentAsUndefined(client.fetchOrder(id, symbol))))).filter(
        (order) => order !== undefined,
      );
    const found: CcxtOrder[] = [];
    const missing = new Set(ids);
    while (missing.size > 0) {
      // From the oldest on, since ids grow.
      const [oldest = ''] = [...missing].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
      const orders = await client.fetchOrders(symbol, undefined, page, { orderId: oldest });
      found.push(...orders);
      missing.delete(oldest);
      for (const { id = '' } of orders) missing.delete(id);
    }
    return found;
  },
  async *myTrades(client, symbol, since) {
    let trades = await client.fetchMyTrades(symbol, since, page);
    for (;;) {
      yield trades;
      const after = trades.at(-1)?.id;
      if (trades.length < page || after === undefined) return;
      // By id, because one order can have thousands of trades in one millisecond.
      trades = await client.fetchMyTrades(symbol, undefined, page, { fromId: String(BigInt(after) + 1n) });
    }
  },
};
