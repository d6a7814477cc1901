import type { Candle } from '../../../../trading/candle.ts';
import { TimeInForce } from '../../../../trading/order.ts';
import { parseTimeframe, timeframeMs, timeframeText } from '../../../../trading/timeframe.ts';
import type { CcxtClient, CcxtFee, CcxtOrder, CcxtTrade } from '../client.ts';
import { absentAsUndefined } from '../failures.ts';
import { bybitFundingWallet } from './bybit-funding.ts';
import type { VenueProfile } from './profile.ts';

const candlePage = 1_000;
/** Public trades that Bybit gives of a spot market. */
const recentTrades = 60;
const myPage = 100;
const ordersPage = 50;
/** Trades of the account are asked for by the week. */
const weekMs = 7 * 86_400_000;

interface KlineMessage {
  readonly topic?: string;
  readonly data?: readonly {
    readonly start: number;
    readonly open: string;
    readonly high: string;
    readonly low: string;
    readonly close: string;
    readonly volume: string;
    readonly confirm: boolean;
  }[];
}

interface RawTrade {
  readonly feeCurrency?: string;
  /** Taxes in some countries; empty elsewhere. */
  readonly extraFees?: unknown;
}

/** Bybit, spot, unified account. */
export const bybit: VenueProfile = {
  id: 'bybit',
  options: {
    defaultType: 'spot',
    fetchMarkets: { types: ['spot'] },
    // An order that arrives later than this is refused: absence may be concluded sooner.
    recvWindow: 5_000,
  },
  prepare(client) {
    // The time that is signed for the streams and for requests is the exchange's.
    client.milliseconds = () => Date.now() - Number(client.options.timeDifference ?? 0);
    client.nonce = () => client.milliseconds();
    const parseTrade = client.parseTrade.bind(client);
    client.parseTrade = (raw, market) => {
      const trade = parseTrade(raw, market);
      const fees = feesOf(trade, raw as RawTrade);
      return { ...trade, fee: fees[0], fees };
    };
    const parseOrder = client.parseOrder.bind(client);
    client.parseOrder = (raw, market) => {
      const order = parseOrder(raw, market);
      // The rest of an order for an amount of the quote asset is told in that asset.
      const isInQuote = (raw as { readonly marketUnit?: string }).marketUnit === 'quoteCoin';
      return isInQuote && Number(order.filled) > 0 ? { ...order, amount: order.filled } : order;
    };
  },
  beginsAt: Date.UTC(2021, 6, 1),
  bookDepth: 200,
  hasTradeSequence: false,
  candles: (client, symbol, timeframe, since) =>
    client.fetchOHLCV(symbol, timeframeText(timeframe), since, candlePage, {
      // Without an end Bybit may give the last candles instead of the first.
      until: since + candlePage * timeframeMs(timeframe) - 1,
    }),
  async *publicTrades(client, symbol, since) {
    yield await client.fetchTrades(symbol, since, recentTrades);
  },
  closedCandle: (client, message) => {
    const { topic = '', data = [] } = message as KlineMessage;
    const [, interval = '', id = ''] = topic.split('.');
    const timeframe = parseTimeframe(Object.keys(client.timeframes).find((key) => client.timeframes[key] === interval) ?? '');
    const closed = data.find(({ confirm }) => confirm);
    if (!closed || timeframe === undefined) return undefined;
    const { start, open, high, low, close, volume } = closed;
    const candle: Candle = { openTime: start, open: +open, high: +high, low: +low, close: +close, volume: +volume };
    return { symbol: client.safeSymbol(id, undefined, undefined, 'spot'), timeframe, candle };
  },
  clientOrderId: /^[A-Za-z0-9_-]{1,36}$/,
  clientOrderIdLength: 36,
  timesInForce: Object.values(TimeInForce),
  hasExactStreams: true,
  orderParams: () => ({}),
  countsRequests: false,
  fundingWallet: bybitFundingWallet,
  stopParam: 'triggerPrice',
  // A stop that waits is another kind of order.
  async cancelOrder(client, symbol, clientOrderId) {
    const params = { orderLinkId: clientOrderId };
    const canceled = await absentAsUndefined(client.cancelOrder(undefined, symbol, params));
    return canceled ?? client.cancelOrder(undefined, symbol, { ...params, trigger: true });
  },
  // First among the open ones, then in the records: an order that is done meanwhile is found there.
  async findOrder(client, symbol, clientOrderId) {
    const params = { orderLinkId: clientOrderId };
    const isIt = (order: CcxtOrder): boolean => order.clientOrderId === clientOrderId;
    return (await openOf(client, symbol, params)).find(isIt) ?? (await doneOf(client, symbol, params)).find(isIt);
  },
  openOrders: (client, symbol) => openOf(client, symbol, {}),
  async ordersById(client, symbol, ids) {
    const found: CcxtOrder[] = [];
    for (const orderId of ids) {
      const isIt = ({ id }: CcxtOrder): boolean => id === orderId;
      const order =
        (await openOf(client, symbol, { orderId })).find(isIt) ?? (await doneOf(client, symbol, { orderId })).find(isIt);
      if (order) found.push(order);
    }
    return found;
  },
  async *myTrades(client, symbol, since, now) {
    for (let from = since; from <= now; from += weekMs) {
      const until = Math.min(from + weekMs - 1, now + 60_000);
      let cursor: string | undefined;
      do {
        const trades = await client.fetchMyTrades(symbol, from, myPage, { until, ...(cursor !== undefined && { cursor }) });
        yield trades;
        cursor = trades.length < myPage ? undefined : cursorOf(trades);
      } while (cursor !== undefined);
    }
  },
};

/** A fee may be taken in a third asset, where ccxt guesses from the side; and there may be more than one. */
function feesOf(trade: CcxtTrade, { feeCurrency, extraFees }: RawTrade): CcxtFee[] {
  const own = trade.fee ? [feeCurrency ? { ...trade.fee, currency: feeCurrency } : trade.fee] : [];
  const list: unknown = typeof extraFees === 'string' && extraFees.startsWith('[') ? JSON.parse(extraFees) : extraFees;
  if (!Array.isArray(list)) return own;
  const extra = list as readonly { readonly fee?: string; readonly feeCoin?: string }[];
  return [...own, ...extra.map(({ fee, feeCoin }) => ({ cost: fee ?? null, currency: feeCoin ?? feeCurrency ?? null }))];
}

type Pages<T> = (params: Readonly<Record<string, unknown>>) => Promise<readonly T[]>;

/** Stops that wait may stand in a list of their own. */
async function bothKinds(read: Pages<CcxtOrder>, params: Readonly<Record<string, unknown>>): Promise<CcxtOrder[]> {
  const [orders, stops] = await Promise.all([allPages(read, params), allPages(read, { ...params, trigger: true })]);
  return [...new Map([...orders, ...stops].map((order) => [order.id, order])).values()];
}

function openOf(client: CcxtClient, symbol: string | undefined, params: Readonly<Record<string, unknown>>): Promise<CcxtOrder[]> {
  return bothKinds((more) => client.fetchOpenOrders(symbol, undefined, ordersPage, more), params);
}

function doneOf(client: CcxtClient, symbol: string, params: Readonly<Record<string, unknown>>): Promise<CcxtOrder[]> {
  return bothKinds((more) => client.fetchCanceledAndClosedOrders(symbol, undefined, ordersPage, more), params);
}

async function allPages<T extends { readonly info?: unknown }>(
  read: Pages<T>,
  params: Readonly<Record<string, unknown>>,
): Promise<T[]> {
  const rows: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read({ ...params, ...(cursor !== undefined && { cursor }) });
    rows.push(...page);
    cursor = page.length < ordersPage ? undefined : cursorOf(page);
  } while (cursor !== undefined);
  return rows;
}

/** ccxt leaves the cursor of the next page in one of the rows. */
function cursorOf(rows: readonly { readonly info?: unknown }[]): string | undefined {
  for (const { info } of rows)
    if (typeof info === 'object' && info !== null && 'nextPageCursor' in info && info.nextPageCursor)
      return String(info.nextPageCursor);
  return undefined;
}
