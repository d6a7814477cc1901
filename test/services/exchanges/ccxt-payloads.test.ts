import { afterEach, describe, expect, it } from 'vitest';
import { CcxtExchange } from '../../../src/services/exchanges/ccxt/ccxt-exchange.ts';
import { CcxtMarketData } from '../../../src/services/exchanges/ccxt/ccxt-market-data.ts';
import type { Exchange } from '../../../src/services/exchanges/port/exchange.ts';
import type { OrderReport } from '../../../src/services/exchanges/port/orders.ts';
import { canonical, Decimal, decimal } from '../../../src/trading/money.ts';
import { candleAt } from '../../../src/trading/series.ts';
import { answeredWith, bybitAnswer, type Payloads } from '../../support/venue/recorded.ts';

/*
 * Answers in the form that the exchanges document, read by ccxt and by the adapter. Each stands for something that exchanges do and a venue of ours
 * would not think of.
 */

const symbol = 'BTC/USDT';
const at = 1_700_000_123_456;
let close: () => Promise<void>;
afterEach(() => close());

async function account(exchange: string, payloads: Payloads): Promise<Exchange> {
  const opened = await CcxtExchange.open({ exchange, apiKey: 'key', secret: 'c2VjcmV0', prepare: answeredWith(payloads) });
  close = () => opened.close();
  return opened;
}
async function marketData(exchange: string, payloads: Payloads): Promise<CcxtMarketData> {
  const opened = await CcxtMarketData.open({ exchange, prepare: answeredWith(payloads) });
  close = () => opened.close();
  return opened;
}

/** With its decimals as text. */
function plain(value: object | undefined): unknown {
  return value && JSON.parse(JSON.stringify(value, (_, each: unknown) => (each instanceof Decimal ? canonical(each) : each)));
}

describe('Kraken tells an order', () => {
  const orderOf = (changes: object, descr: object = {}): object => ({
    refid: null,
    userref: 0,
    cl_ord_id: null,
    status: 'open',
    opentm: 1_700_000_123.456,
    starttm: 0,
    expiretm: 0,
    descr: {
      pair: 'XBTUSDT',
      type: 'sell',
      ordertype: 'limit',
      price: '50000.0',
      price2: '0',
      leverage: 'none',
      order: 'sell 0.10000000 XBTUSDT @ limit 50000.0',
      close: '',
      ...descr,
    },
    vol: '0.10000000',
    vol_exec: '0.00000000',
    cost: '0.00000',
    fee: '0.00000',
    price: '0.00000',
    stopprice: '0.00000',
    limitprice: '0.00000',
    misc: '',
    oflags: 'fciq',
    ...changes,
  });
  const open = async (order: object): Promise<OrderReport | undefined> => {
    const exchange = await account('kraken', {
      '/OpenOrders': { error: [], result: { open: { 'OAAAAA-BBBBB-CCCCCC': order } } },
    });
    return (await exchange.openOrders())[0];
  };

  it.each<[string, object, object, object]>([
    ['that rests', {}, {}, { type: 'LIMIT', price: '50000', side: 'SELL', status: 'ACCEPTED', clientOrderId: '', updatedAt: at }],
    ['with our own id', { cl_ord_id: 'cw-1' }, {}, { clientOrderId: 'cw-1' }],
    ['filled in part', { vol_exec: '0.04000000' }, {}, { status: 'PARTIALLY_FILLED', filledAmount: '0.04', amount: '0.1' }],
    ['that is not in the book yet', { status: 'pending' }, {}, { status: 'ACCEPTED' }],
    ['with a stop', {}, { ordertype: 'stop-loss', price: '48000.0' }, { type: 'STOP', stopPrice: '48000' }],
    [
      'with a stop and a limit',
      {},
      { ordertype: 'stop-loss-limit', price: '48000.0', price2: '47900.5' },
      { type: 'STOP_LIMIT', stopPrice: '48000', price: '47900.5' },
    ],
    ['that takes a profit', {}, { ordertype: 'take-profit', price: '60000.0' }, { type: 'STOP', stopPrice: '60000' }],
    ['whose stop is a distance', {}, { ordertype: 'stop-loss', price: '-5.0000%' }, { type: 'STOP', amount: '0.1' }],
    [
      'that trails the market',
      { stopprice: '47000.0', limitprice: '45000.0' },
      { ordertype: 'trailing-stop', price: '+5.0000%' },
      { type: 'STOP', amount: '0.1' },
    ],
    ['that hides its size', {}, { ordertype: 'iceberg' }, { type: 'LIMIT', price: '50000' }],
  ])('%s', async (_, changes, descr, expected) => {
    expect(plain(await open(orderOf(changes, descr)))).toMatchObject(expected);
  });

  it.each<[string, object, object]>([
    [
      'canceled after a part, with the reason',
      { status: 'canceled', reason: 'User requested', vol_exec: '0.04000000', closetm: 1_700_000_200.5 },
      { status: 'CANCELED', filledAmount: '0.04', reason: 'User requested', updatedAt: 1_700_000_200_500 },
    ],
    ['expired', { status: 'expired', closetm: 1_700_000_200.5 }, { status: 'EXPIRED', filledAmount: '0' }],
    ['filled', { status: 'closed', vol_exec: '0.10000000', closetm: 1_700_000_200.5 }, { status: 'FILLED' }],
    [
      'for an amount of the quote asset',
      { status: 'closed', vol: '5000.00000000', vol_exec: '0.10000000', oflags: 'fciq,viqc', closetm: 1_700_000_200.5 },
      { status: 'FILLED', amount: '0.1', filledAmount: '0.1' },
    ],
  ])('that is done: %s', async (_, changes, expected) => {
    const exchange = await account('kraken', {
      '/OpenOrders': { error: [], result: { open: {} } },
      '/ClosedOrders': {
        error: [],
        result: { closed: { 'OAAAAA-BBBBB-CCCCCC': orderOf({ cl_ord_id: 'cw-1', ...changes }) }, count: 1 },
      },
    });
    expect(plain(await exchange.order(symbol, 'cw-1'))).toMatchObject(expected);
  });

  it('without a reason where there is none', async () => {
    const exchange = await account('kraken', {
      '/OpenOrders': { error: [], result: { open: {} } },
      '/ClosedOrders': {
        error: [],
        result: {
          closed: {
            'OAAAAA-BBBBB-CCCCCC': orderOf({ cl_ord_id: 'cw-1', status: 'canceled', reason: null, closetm: 1_700_000_200.5 }),
          },
          count: 1,
        },
      },
    });
    expect(await exchange.order(symbol, 'cw-1')).not.toHaveProperty('reason');
  });

  it('with nothing but its id when it is new: it is accepted now', async () => {
    const exchange = await account('kraken', {
      '/OpenOrders': { error: [], result: { open: {} } },
      '/ClosedOrders': { error: [], result: { closed: {}, count: 0 } },
      '/AddOrder': {
        error: [],
        result: { txid: ['OAAAAA-BBBBB-CCCCCC'], descr: { order: 'buy 0.10000000 XBTUSDT @ market' } },
      },
    });
    const report = await exchange.submit({ clientOrderId: 'cw-1', symbol, side: 'BUY', type: 'MARKET', amount: decimal('0.1') });
    expect(plain(report)).toMatchObject({ exchangeOrderId: 'OAAAAA-BBBBB-CCCCCC', status: 'ACCEPTED', filledAmount: '0' });
    expect(report.price).toBeUndefined();
    expect(Math.abs(report.updatedAt - exchange.now())).toBeLessThan(60_000);
  });
});

describe('Bybit tells an order', () => {
  const orderOf = (changes: object): object => ({
    orderId: '1971981115648733696',
    orderLinkId: 'cw-1',
    symbol: 'BTCUSDT',
    side: 'Buy',
    orderType: 'Limit',
    price: '50000.00',
    qty: '0.100000',
    marketUnit: '',
    cumExecQty: '0.000000',
    cumExecValue: '0.00000000',
    cumExecFee: '0',
    leavesQty: '0.100000',
    leavesValue: '5000.00000000',
    avgPrice: '',
    orderStatus: 'New',
    timeInForce: 'GTC',
    triggerPrice: '0.00',
    triggerDirection: 0,
    stopOrderType: '',
    takeProfit: '0.00',
    stopLoss: '0.00',
    tpslMode: '',
    reduceOnly: false,
    cancelType: 'UNKNOWN',
    rejectReason: 'EC_NoError',
    createdTime: String(at - 5_000),
    updatedTime: String(at),
    ...changes,
  });
  const market = { orderType: 'Market', price: '0', timeInForce: 'IOC' };

  it.each<[string, object, object]>([
    ['that rests', {}, { type: 'LIMIT', price: '50000', status: 'ACCEPTED', updatedAt: at }],
    [
      'that waits for its trigger',
      { orderStatus: 'Untriggered', triggerPrice: '51000.00', stopOrderType: 'Stop' },
      { type: 'STOP_LIMIT', stopPrice: '51000' },
    ],
    [
      'filled in part',
      { orderStatus: 'PartiallyFilled', cumExecQty: '0.04' },
      { status: 'PARTIALLY_FILLED', filledAmount: '0.04' },
    ],
    ['filled', { orderStatus: 'Filled', cumExecQty: '0.100000', leavesQty: '0' }, { status: 'FILLED', filledAmount: '0.1' }],
    [
      'whose rest the exchange has canceled',
      { ...market, marketUnit: 'baseCoin', orderStatus: 'PartiallyFilledCanceled', cumExecQty: '0.04', leavesQty: '0.000000' },
      { type: 'MARKET', status: 'CANCELED', amount: '0.1', filledAmount: '0.04' },
    ],
    [
      'for an amount of the quote asset, with a rest too small to trade',
      {
        ...market,
        qty: '5000',
        marketUnit: 'quoteCoin',
        orderStatus: 'PartiallyFilledCanceled',
        cumExecQty: '0.099',
        leavesQty: '3.2',
      },
      { status: 'FILLED', amount: '0.099', filledAmount: '0.099' },
    ],
    [
      'for an amount of the quote asset, whose rest buys nothing',
      {
        ...market,
        qty: '40.000000',
        marketUnit: 'quoteCoin',
        orderStatus: 'PartiallyFilledCanceled',
        cumExecQty: '0.000799',
        cumExecValue: '39.95',
        leavesQty: '0.000000',
        leavesValue: '0.05',
        rejectReason: 'EC_CancelForNoFullFill',
      },
      { status: 'FILLED', amount: '0.000799', filledAmount: '0.000799' },
    ],
    ['canceled before it went off', { orderStatus: 'Deactivated', triggerPrice: '51000' }, { status: 'CANCELED' }],
    [
      'rejected, with the reason',
      { orderStatus: 'Rejected', rejectReason: 'EC_PostOnlyWillTakeLiquidity' },
      { status: 'REJECTED', reason: 'EC_PostOnlyWillTakeLiquidity' },
    ],
  ])('%s', async (_, changes, expected) => {
    const exchange = await account('bybit', {
      '/v5/order/realtime': bybitAnswer({ category: 'spot', nextPageCursor: '', list: [orderOf(changes)] }),
    });
    expect(plain(await exchange.order(symbol, 'cw-1'))).toMatchObject(expected);
  });

  const tradeOf = (changes: object): object => ({
    category: 'spot',
    symbol: 'BTCUSDT',
    orderId: '1971981115648733696',
    orderLinkId: '',
    side: 'Buy',
    orderPrice: '50000.00',
    orderQty: '0.100000',
    orderType: 'Limit',
    leavesQty: '0',
    execId: '2290000000007764263',
    execPrice: '50000.00',
    execQty: '0.100000',
    execValue: '5000.00',
    execFee: '0.0001',
    feeCurrency: 'BTC',
    feeRate: '0.001',
    execType: 'Trade',
    execTime: String(at),
    isMaker: false,
    extraFees: '',
    ...changes,
  });

  it.each<[string, object, object]>([
    [
      'with a fee in a third asset',
      { feeCurrency: 'MNT', execFee: '0.00000001234567890123' },
      { fee: '0.00000001234567890123', feeCurrency: 'MNT' },
    ],
    [
      'with a rebate',
      { isMaker: true, execFee: '-0.25', feeCurrency: 'USDT' },
      { fee: '-0.25', feeCurrency: 'USDT', liquidity: 'MAKER' },
    ],
    ['whose fee says no asset', { feeCurrency: '' }, { fee: '0.0001', feeCurrency: 'BTC' }],
    [
      'with a tax besides',
      { extraFees: [{ feeCoin: 'BTC', feeType: 'TAX', feeRate: '0.0001', fee: '0.00001' }] },
      { fee: '0.00011', feeCurrency: 'BTC' },
    ],
  ])('%s, as a fill', async (_, changes, expected) => {
    const empty = bybitAnswer({ category: 'spot', nextPageCursor: '', list: [] });
    const exchange = await account('bybit', {
      '/v5/order/realtime': empty,
      '/v5/order/history': empty,
      '/v5/execution/list': bybitAnswer({ category: 'spot', nextPageCursor: '', list: [tradeOf(changes)] }),
    });
    const [fill] = await exchange.fillsSince(symbol, exchange.now() - 86_400_000 > at ? at : exchange.now() - 86_400_000);
    expect(plain(fill)).toMatchObject({ amount: '0.1', price: '50000', at, ...expected });
  });

  it('with nothing but its ids when it is new: it is accepted now', async () => {
    const empty = bybitAnswer({ category: 'spot', nextPageCursor: '', list: [] });
    const exchange = await account('bybit', {
      '/v5/order/realtime': empty,
      '/v5/order/history': empty,
      '/v5/order/create': bybitAnswer({ orderId: '1971981115648733696', orderLinkId: 'cw-1' }),
    });
    const report = await exchange.submit({ clientOrderId: 'cw-1', symbol, side: 'BUY', type: 'MARKET', amount: decimal('0.1') });
    expect(plain(report)).toMatchObject({ exchangeOrderId: '1971981115648733696', status: 'ACCEPTED', filledAmount: '0' });
  });

  it('balances: what a key may not take out is free all the same, loans and empty texts besides', async () => {
    const coin = (name: string, changes: object): object => ({
      coin: name,
      walletBalance: '10.5',
      locked: '0',
      borrowAmount: '0.0',
      accruedInterest: '0',
      availableToWithdraw: '',
      totalOrderIM: '0',
      totalPositionIM: '0',
      ...changes,
    });
    const exchange = await account('bybit', {
      '/v5/account/wallet-balance': bybitAnswer({
        list: [
          {
            accountType: 'UNIFIED',
            coin: [
              coin('USDT', { locked: '2.25' }),
              coin('USDC', { locked: '1', totalPositionIM: '3.5' }),
              coin('BTC', { walletBalance: '1.2e-7' }),
              coin('ETH', { walletBalance: '0' }),
            ],
          },
        ],
      }),
    });
    expect(plain(await exchange.balances())).toEqual([
      { asset: 'BTC', free: '0.00000012', total: '0.00000012' },
      // What positions hold is not free either.
      { asset: 'USDC', free: '6', total: '10.5' },
      { asset: 'USDT', free: '8.25', total: '10.5' },
    ]);
  });
});

describe('Binance tells an order', () => {
  const orderOf = (changes: object): object => ({
    symbol: 'BTCUSDT',
    orderId: 9_780_331_417,
    orderListId: -1,
    clientOrderId: 'cw-1',
    price: '50000.00000000',
    origQty: '0.10000000',
    executedQty: '0.00000000',
    origQuoteOrderQty: '0.00000000',
    cummulativeQuoteQty: '0.00000000',
    status: 'NEW',
    timeInForce: 'GTC',
    type: 'LIMIT',
    side: 'BUY',
    stopPrice: '0.00000000',
    icebergQty: '0.00000000',
    time: at - 5_000,
    updateTime: at,
    isWorking: true,
    workingTime: at - 5_000,
    selfTradePreventionMode: 'NONE',
    ...changes,
  });

  it.each<[string, object, object]>([
    ['that rests', {}, { exchangeOrderId: '9780331417', type: 'LIMIT', price: '50000', status: 'ACCEPTED', updatedAt: at }],
    ['that only rests', { type: 'LIMIT_MAKER' }, { type: 'LIMIT', price: '50000' }],
    ['with an id beyond what a double holds', { orderId: '9007199254740993' }, { exchangeOrderId: '9007199254740993' }],
    [
      'of a market',
      { type: 'MARKET', price: '0.00000000', status: 'FILLED', executedQty: '0.1' },
      { type: 'MARKET', status: 'FILLED' },
    ],
    [
      'with a stop',
      { type: 'STOP_LOSS', price: '0.00000000', stopPrice: '48000.00000000' },
      { type: 'STOP', stopPrice: '48000' },
    ],
    [
      'with a stop and a limit',
      { type: 'STOP_LOSS_LIMIT', stopPrice: '48000.0' },
      { type: 'STOP_LIMIT', stopPrice: '48000', price: '50000' },
    ],
    ['that trails the market', { type: 'STOP_LOSS', price: '0.00000000', trailingDelta: 200 }, { type: 'STOP' }],
    ['that is not in the book yet', { status: 'PENDING_NEW' }, { status: 'ACCEPTED' }],
    ['whose cancel is under way', { status: 'PENDING_CANCEL', executedQty: '0.04' }, { status: 'PARTIALLY_FILLED' }],
    [
      'that would have met its own',
      { status: 'EXPIRED_IN_MATCH', executedQty: '0.04' },
      { status: 'EXPIRED', filledAmount: '0.04' },
    ],
    [
      'canceled long after it was placed, by a rule against trading with oneself',
      { status: 'CANCELED', updateTime: at + 5_000, selfTradePreventionMode: 'EXPIRE_MAKER' },
      { status: 'CANCELED', filledAmount: '0', updatedAt: at + 5_000 },
    ],
    ['expired', { status: 'EXPIRED' }, { status: 'EXPIRED' }],
    ['rejected', { status: 'REJECTED' }, { status: 'REJECTED' }],
  ])('%s', async (_, changes, expected) => {
    const exchange = await account('binance', { '/api/v3/order?': orderOf(changes) });
    expect(plain(await exchange.order(symbol, 'cw-1'))).toMatchObject(expected);
  });

  it('and its fills to the last digit, the fee in whatever asset', async () => {
    const trade = (id: number, changes: object): object => ({
      symbol: 'BTCUSDT',
      id,
      orderId: 9_780_331_417,
      orderListId: -1,
      price: '50000.00000000',
      qty: '0.000000012345678901',
      quoteQty: '0.00061728394505000000',
      commission: '1.2345678901234567e-7',
      commissionAsset: 'BNB',
      time: at,
      isBuyer: true,
      isMaker: false,
      isBestMatch: true,
      ...changes,
    });
    const exchange = await account('binance', {
      '/api/v3/myTrades': [trade(1, {}), trade(2, { commission: null, commissionAsset: null, isMaker: true, isBuyer: false })],
      '/api/v3/order?': orderOf({}),
    });
    expect((await exchange.fillsSince(symbol, 0)).map(plain)).toEqual([
      {
        exchangeTradeId: '1',
        exchangeOrderId: '9780331417',
        clientOrderId: 'cw-1',
        symbol,
        side: 'BUY',
        price: '50000',
        amount: '0.000000012345678901',
        fee: '0.00000012345678901234567',
        feeCurrency: 'BNB',
        liquidity: 'TAKER',
        at,
      },
      expect.objectContaining({ exchangeTradeId: '2', side: 'SELL', fee: '0', feeCurrency: 'USDT', liquidity: 'MAKER' }),
    ]);
  });

  it('that is new with the time of the request, and nothing of its later life', async () => {
    const exchange = await account('binance', {
      '/api/v3/order': {
        symbol: 'BTCUSDT',
        orderId: 9_780_331_417,
        orderListId: -1,
        clientOrderId: 'cw-1',
        transactTime: at,
        price: '50000.00000000',
        origQty: '0.10000000',
        executedQty: '0.00000000',
        origQuoteOrderQty: '0.00000000',
        cummulativeQuoteQty: '0.00000000',
        status: 'NEW',
        timeInForce: 'GTC',
        type: 'LIMIT',
        side: 'BUY',
        workingTime: at,
        fills: [],
        selfTradePreventionMode: 'EXPIRE_MAKER',
      },
      'origClientOrderId=': '{"code":-2013,"msg":"Order does not exist."}',
    });
    const report = await exchange.submit({
      clientOrderId: 'cw-1',
      symbol,
      side: 'BUY',
      type: 'LIMIT',
      amount: decimal('0.1'),
      price: decimal(50_000),
    });
    expect(plain(report)).toMatchObject({ exchangeOrderId: '9780331417', status: 'ACCEPTED', filledAmount: '0', updatedAt: at });
  });

  it('balances: what is locked is not free, and what there is nothing of is left out', async () => {
    const exchange = await account('binance', {
      '/api/v3/account': {
        canTrade: true,
        accountType: 'SPOT',
        updateTime: at,
        balances: [
          { asset: 'BTC', free: '0.00000000', locked: '0.00000000' },
          { asset: 'USDT', free: '8.25000000', locked: '2.25000000' },
          { asset: 'ETH', free: '0.00000000', locked: '1.00000001' },
        ],
        permissions: ['SPOT'],
      },
    });
    expect(plain(await exchange.balances())).toEqual([
      { asset: 'ETH', free: '0', total: '1.00000001' },
      { asset: 'USDT', free: '8.25', total: '10.5' },
    ]);
  });

  it('numbers that are not in quotes are exact too, as long as JSON can write them', async () => {
    const text = JSON.stringify(orderOf({})).replace('"origQty":"0.10000000"', '"origQty":0.10000000000000000001');
    const exchange = await account('binance', { '/api/v3/order?': text });
    expect(plain(await exchange.order(symbol, 'cw-1'))).toMatchObject({ amount: '0.10000000000000000001' });
  });
});

describe('public market data', () => {
  it('Kraken: a tick coarser than its decimals, a market that only cancels', async () => {
    const pair = (changes: object): object => ({
      altname: 'XBTUSD',
      wsname: 'XBT/USD',
      base: 'XXBT',
      quote: 'ZUSD',
      pair_decimals: 2,
      lot_decimals: 8,
      leverage_buy: [],
      fees: [[0, 0.26]],
      fees_maker: [[0, 0.16]],
      ordermin: '0.0001',
      costmin: '0.5',
      tick_size: '0.05',
      status: 'online',
      ...changes,
    });
    const source = await marketData('kraken', {
      '/AssetPairs': {
        error: [],
        result: {
          XXBTZUSD: pair({}),
          XETHZUSD: pair({ altname: 'ETHUSD', wsname: 'ETH/USD', base: 'XETH', tick_size: undefined, status: 'cancel_only' }),
        },
      },
    });
    const rules = (await source.markets()).map((market) => plain(market) as Record<string, unknown>);
    expect(
      rules.map((each) => [each.symbol, each.tickSize, each.stepSize, each.minNotional, each.takerFeeRate, each.isActive]),
    ).toEqual([
      ['BTC/USD', '0.05', '0.00000001', '0.5', '0.0026', true],
      ['ETH/USD', '0.01', '0.00000001', '0.5', '0.0026', false],
    ]);
  });

  it('a market whose rules cannot be read is left out, and the others stay', async () => {
    const instrument = (symbol: string, base: string, tickSize: string): object => ({
      symbol,
      baseCoin: base,
      quoteCoin: 'USDT',
      status: 'Trading',
      lotSizeFilter: { basePrecision: '0.000001', quotePrecision: tickSize, minOrderQty: '1e-5', minOrderAmt: '5' },
      priceFilter: { tickSize },
    });
    const source = await marketData('bybit', {
      '/v5/market/instruments-info': bybitAnswer({
        category: 'spot',
        list: [instrument('BTCUSDT', 'BTC', '0.01'), instrument('ETHUSDT', 'ETH', ''), instrument('XYZUSDT', 'XYZ', 'n/a')],
      }),
    });
    expect((await source.markets()).map((market) => market.symbol)).toEqual(['BTC/USDT']);
  });

  /** Minutes that end before the exchange's clock, and the one that forms. */
  const [first, second, third] = [1_699_999_860_000, 1_699_999_920_000, 1_699_999_980_000];

  it.each<[string, Payloads]>([
    [
      'binance',
      {
        '/api/v3/klines': [first, second, third].map((openTime, i) => [
          openTime,
          `10${i}.50000000`,
          '120.00000000',
          '90.25000000',
          '110.00000000',
          '3.12500000',
          openTime + 59_999,
          '340.00000000',
          12,
          '1.00000000',
          '110.00000000',
          '0',
        ]),
      },
    ],
    [
      'kraken',
      {
        '/OHLC': {
          error: [],
          result: {
            // From before what was asked for, too; the volume comes after the average price.
            XBTUSDT: [first - 60_000, first, second, third].map((openTime, i) => [
              openTime / 1_000,
              `10${i - 1}.5`,
              '120.0',
              '90.25',
              '110.0',
              '104.7',
              '3.12500000',
              12,
            ]),
            last: second / 1_000,
          },
        },
      },
    ],
    [
      'bybit',
      {
        '/v5/market/kline': bybitAnswer({
          symbol: 'BTCUSDT',
          category: 'spot',
          // The newest first.
          list: [2, 1, 0].map((i) => [String(first + i * 60_000), `10${i}.5`, '120', '90.25', '110', '3.125', '340']),
        }),
      },
    ],
  ])('%s: past candles, ascending, without the one that forms', async (exchange, payloads) => {
    const source = await marketData(exchange, payloads);
    const candles = await source.history(symbol, 'M1', first, third + 60_000);
    const rest = { high: 120, low: 90.25, close: 110, volume: 3.125 };
    expect(Array.from(candles.openTime, (_, i) => candleAt(candles, i))).toEqual([
      { openTime: first, open: 100.5, ...rest },
      { openTime: second, open: 101.5, ...rest },
    ]);
  });

  it.each<[string, Payloads, number | undefined]>([
    [
      'binance',
      {
        '/api/v3/depth': {
          lastUpdateId: 7,
          bids: [
            ['99.50', '1.5'],
            ['99.40', '2'],
          ],
          asks: [
            ['100.5', '0.25'],
            ['101', '3'],
          ],
        },
      },
      undefined,
    ],
    [
      'kraken',
      {
        '/Depth': {
          error: [],
          result: {
            XBTUSDT: {
              bids: [
                ['99.50', '1.5', at / 1_000],
                ['99.40', '2', at / 1_000],
              ],
              asks: [
                ['100.5', '0.25', at / 1_000],
                ['101', '3', at / 1_000],
              ],
            },
          },
        },
      },
      undefined,
    ],
    [
      'bybit',
      {
        '/v5/market/orderbook': bybitAnswer({
          s: 'BTCUSDT',
          a: [
            ['100.5', '0.25'],
            ['101', '3'],
          ],
          b: [
            ['99.50', '1.5'],
            ['99.40', '2'],
          ],
          ts: at,
          u: 7,
        }),
      },
      at,
    ],
  ])('%s: a book, whose time is now where the exchange tells none', async (exchange, payloads, told) => {
    const source = await marketData(exchange, payloads);
    const book = await source.orderBook(symbol, 1);
    expect(book).toMatchObject({ bids: [{ price: 99.5, amount: 1.5 }], asks: [{ price: 100.5, amount: 0.25 }] });
    if (told === undefined) expect(Math.abs(book.at - source.now())).toBeLessThan(60_000);
    else expect(book.at).toBe(told);
  });

  it.each<[string, Payloads, string[]]>([
    [
      'binance',
      {
        'aggTrades?': [
          { a: 41, p: '100.5', q: '0.25', f: 1, l: 3, T: third + 1, m: false, M: true },
          { a: 42, p: '100.4', q: '1', f: 4, l: 4, T: third + 2, m: true, M: true },
        ],
        fromId: [],
      },
      ['41 BUY 0.25', '42 SELL 1'],
    ],
    [
      'kraken',
      {
        '/Trades': {
          error: [],
          result: {
            XBTUSDT: [
              ['100.5', '0.25', third / 1_000 + 0.001_234_5, 'b', 'm', '', 41],
              ['100.4', '1', third / 1_000 + 0.002_345_6, 's', 'l', '', 42],
            ],
            last: `${third}000000`,
          },
        },
      },
      ['41 BUY 0.25', '42 SELL 1'],
    ],
    [
      'bybit',
      {
        '/v5/market/recent-trade': bybitAnswer({
          category: 'spot',
          list: [
            {
              execId: '42',
              symbol: 'BTCUSDT',
              price: '100.4',
              size: '1',
              side: 'Sell',
              time: String(third + 2),
              isBlockTrade: false,
            },
            {
              execId: '41',
              symbol: 'BTCUSDT',
              price: '100.5',
              size: '0.25',
              side: 'Buy',
              time: String(third + 1),
              isBlockTrade: false,
            },
          ],
        }),
      },
      ['41 BUY 0.25', '42 SELL 1'],
    ],
  ])('%s: what was traded, by who took it, ascending', async (exchange, payloads, expected) => {
    const source = await marketData(exchange, payloads);
    const trades = await source.trades(symbol, third);
    expect(trades.map(({ id, side, amount }) => `${id} ${side} ${amount}`)).toEqual(expected);
    expect(trades.map((trade) => trade.at)).toEqual([third + 1, third + 2]);
  });

  it('an answer that tells the same trades again and again comes to an end', async () => {
    const trade = { a: 41, p: '100.5', q: '0.25', f: 1, l: 3, T: third + 1, m: false, M: true };
    const source = await marketData('binance', { '/api/v3/aggTrades': [trade] });
    expect((await source.trades(symbol, third)).map(({ id }) => id)).toEqual(['41']);
  });

  it.each<[string, Payloads]>([
    [
      'kraken',
      {
        '/Ticker': {
          error: [],
          // Of today, then of 24 hours.
          result: {
            XBTUSDT: {
              a: ['100.6', '1', '1.000'],
              b: ['100.5', '1', '1.000'],
              c: ['100.5', '0.001'],
              v: ['2.5', '12.5'],
              p: ['100', '99'],
              t: [10, 50],
              l: ['98', '95.5'],
              h: ['101', '105.5'],
              o: '99',
            },
          },
        },
      },
    ],
    [
      'bybit',
      {
        '/v5/market/tickers': bybitAnswer({
          category: 'spot',
          list: [
            {
              symbol: 'BTCUSDT',
              bid1Price: '100.5',
              bid1Size: '1',
              ask1Price: '100.6',
              ask1Size: '1',
              lastPrice: '100.5',
              prevPrice24h: '99',
              price24hPcnt: '0.015',
              highPrice24h: '105.5',
              lowPrice24h: '95.5',
              turnover24h: '1237.5',
              volume24h: '12.5',
              usdIndexPrice: '100.4',
            },
          ],
        }),
      },
    ],
  ])('%s: the last 24 hours, told without a time', async (exchange, payloads) => {
    const source = await marketData(exchange, payloads);
    const ticker = await source.ticker(symbol);
    expect(ticker).toMatchObject({ symbol, last: 100.5, high: 105.5, low: 95.5, volume: 12.5 });
    expect(Math.abs(ticker.at - source.now())).toBeLessThan(60_000);
  });

  it('a ticker without a last price is an error, and one without highs and lows has its last price there', async () => {
    const ticker = (changes: object): object => ({
      symbol: 'BTCUSDT',
      lastPrice: '50000.01',
      highPrice: '51000',
      lowPrice: '49000',
      volume: '12.5',
      closeTime: at,
      ...changes,
    });
    const source = await marketData('binance', { '/api/v3/ticker': ticker({ highPrice: null, lowPrice: null }) });
    expect(await source.ticker(symbol)).toEqual({ symbol, at, last: 50_000.01, high: 50_000.01, low: 50_000.01, volume: 12.5 });
    await source.close();
    const broken = await marketData('binance', { '/api/v3/ticker': ticker({ lastPrice: null }) });
    await expect(broken.ticker(symbol)).rejects.toThrow('which is no number');
  });
});
