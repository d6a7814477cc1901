import { TimeInForce } from '../../../../trading/order.ts';
import { timeframeText } from '../../../../trading/timeframe.ts';
import type { CcxtOrder, CcxtTrade } from '../client.ts';
import { mendKrakenStreams } from './kraken-streams.ts';
import type { VenueProfile } from './profile.ts';

const candlePage = 720;
const publicPage = 1_000;
/** Kraken gives trades of the account and orders by their ids in pages of its own choice. */
const myPage = 50;
const idsPage = 20;
/** An order that reaches the matching later than this is refused: absence may be concluded sooner. */
const deadlineMs = 5_000;

interface RawOrder {
  readonly cl_ord_id?: string | null;
  readonly oflags?: string;
  readonly descr?: { readonly ordertype?: string };
}

/** Kraken, spot. */
export const kraken: VenueProfile = {
  id: 'kraken',
  options: {},
  prepare(client) {
    mendKrakenStreams(client);
    const parseOrder = client.parseOrder.bind(client);
    client.parseOrder = (raw, market) => {
      const { clientOrderId: _, ...order } = parseOrder(raw, market);
      const { cl_ord_id: clientOrderId, oflags, descr } = raw as RawOrder;
      // The volume of such an order is told in the quote asset.
      const isInQuote = /\bviqc\b/.test(oflags ?? '') && Number(order.filled) > 0;
      return {
        ...order,
        // ccxt calls every stop a market or limit order, even where its trigger is a distance that it cannot tell.
        ...(descr?.ordertype !== undefined && { type: descr.ordertype }),
        ...(isInQuote && { amount: order.filled }),
        // Where there is no client order id ccxt tells the user reference, which is 0 for most orders.
        ...(clientOrderId && { clientOrderId }),
      };
    };
    // ccxt takes the number of decimals for the tick, which is coarser in some markets.
    const fetchMarkets = client.fetchMarkets.bind(client);
    client.fetchMarkets = async (params) =>
      (await fetchMarkets(params)).map((market) => {
        const price = client.parseNumber((market.info as { readonly tick_size?: string } | undefined)?.tick_size);
        return price === undefined ? market : { ...market, precision: { ...market.precision, price } };
      });
  },
  beginsAt: Date.UTC(2013, 8, 10),
  // Kraken's week begins on Thursday.
  otherTimeframes: ['W1'],
  bookDepth: 100,
  hasTradeSequence: true,
  // Kraken gives the last 720 candles, whatever is asked for.
  candles: (client, symbol, timeframe, since) => client.fetchOHLCV(symbol, timeframeText(timeframe), since, candlePage),
  async *publicTrades(client, symbol, since) {
    let trades = await client.fetchTrades(symbol, since, publicPage);
    while (trades.length > 0) {
      yield trades;
      const next = nextOf(trades);
      if (trades.length < publicPage || next === undefined) return;
      trades = await client.fetchTrades(symbol, undefined, publicPage, { since: next });
    }
  },
  // The stream never says that a candle is closed.
  closedCandle: () => undefined,
  // A UUID with or without its dashes, or free text of up to 18 characters.
  clientOrderId: /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[A-Za-z0-9_-]{1,18})$/,
  clientOrderIdLength: 18,
  timesInForce: [TimeInForce.GTC, TimeInForce.IOC, TimeInForce.POST_ONLY],
  // Numbers of the stream are JSON numbers, and ccxt reads the client order id from another field.
  hasExactStreams: false,
  // ccxt takes every fee for one in the quote asset.
  orderParams: (now) => ({ oflags: 'fciq', deadline: new Date(now + deadlineMs).toISOString() }),
  countsRequests: true,
  cancelOrder: (client, symbol, clientOrderId) => client.cancelOrder(undefined, symbol, { clientOrderId }),
  stopParam: 'stopLossPrice',
  // `fetchOrder` looks for an order id whatever it is given.
  async findOrder(client, symbol, clientOrderId) {
    const isIt = (order: CcxtOrder): boolean => order.clientOrderId === clientOrderId;
    const open = (await client.fetchOpenOrders(symbol, undefined, undefined, { clientOrderId })).find(isIt);
    return open ?? (await client.fetchClosedOrders(symbol, undefined, undefined, { clientOrderId })).find(isIt);
  },
  openOrders: (client, symbol) => client.fetchOpenOrders(symbol),
  async ordersById(client, symbol, ids) {
    const found: CcxtOrder[] = [];
    for (let i = 0; i < ids.length; i += idsPage)
      found.push(...(await client.fetchOrdersByIds(ids.slice(i, i + idsPage), symbol)));
    return found;
  },
  async *myTrades(client, symbol, since) {
    // The pages count all markets, the newest trade first; ccxt leaves out those of others.
    for (let ofs = 0; ; ofs += myPage) {
      const all = await client.fetchMyTrades(undefined, since - 1_000, undefined, { ofs });
      yield all.filter((trade) => trade.symbol === symbol);
      if (all.length < myPage) return;
    }
  },
};

/** Where the next page begins: ccxt leaves it at the end of the last row. */
function nextOf(trades: readonly CcxtTrade[]): string | undefined {
  for (const { info } of trades) if (Array.isArray(info) && info.length > 7) return String(info[7]);
  return undefined;
}
