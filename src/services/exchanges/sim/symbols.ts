/** What the simulated market trades, and how each market behaves. Prices and volumes are doubles: this is market data. */
export interface SimSymbol {
  readonly symbol: string;
  /** The market whose price it has, too; its own when left out. */
  readonly follows?: string;
  /** Of a perpetual: what longs pay shorts, in percent, every so many hours. */
  readonly funding?: { readonly percent: string; readonly hours: number };
  readonly base: string;
  readonly quote: string;
  /** Price around which the years swing, in the quote asset. */
  readonly price: number;
  /** Typical standard deviation of the logarithm of the price over one day. */
  readonly dailyVolatility: number;
  /** Typical volume of one minute, in the base asset. */
  readonly minuteVolume: number;
  /** Decimal places of a price, and of an amount. */
  readonly pricePlaces: number;
  readonly amountPlaces: number;
}

export const simSymbols: readonly SimSymbol[] = [
  {
    symbol: 'BTC/USDT',
    base: 'BTC',
    quote: 'USDT',
    price: 60_000,
    dailyVolatility: 0.03,
    minuteVolume: 14,
    pricePlaces: 2,
    amountPlaces: 5,
  },
  {
    symbol: 'ETH/USDT',
    base: 'ETH',
    quote: 'USDT',
    price: 3_000,
    dailyVolatility: 0.038,
    minuteVolume: 190,
    pricePlaces: 2,
    amountPlaces: 4,
  },
  {
    symbol: 'SOL/USDT',
    base: 'SOL',
    quote: 'USDT',
    price: 150,
    dailyVolatility: 0.05,
    minuteVolume: 2_600,
    pricePlaces: 2,
    amountPlaces: 3,
  },
  {
    symbol: 'BNB/USDT',
    base: 'BNB',
    quote: 'USDT',
    price: 600,
    dailyVolatility: 0.035,
    minuteVolume: 160,
    pricePlaces: 2,
    amountPlaces: 3,
  },
  {
    symbol: 'XRP/USDT',
    base: 'XRP',
    quote: 'USDT',
    price: 0.6,
    dailyVolatility: 0.045,
    minuteVolume: 320_000,
    pricePlaces: 4,
    amountPlaces: 1,
  },
  {
    symbol: 'DOGE/USDT',
    base: 'DOGE',
    quote: 'USDT',
    price: 0.15,
    dailyVolatility: 0.055,
    minuteVolume: 900_000,
    pricePlaces: 5,
    amountPlaces: 0,
  },
  {
    symbol: 'ADA/USDT',
    base: 'ADA',
    quote: 'USDT',
    price: 0.5,
    dailyVolatility: 0.045,
    minuteVolume: 210_000,
    pricePlaces: 4,
    amountPlaces: 1,
  },
  {
    symbol: 'BTC/USDT:USDT',
    follows: 'BTC/USDT',
    funding: { percent: '0.01', hours: 8 },
    base: 'BTC',
    quote: 'USDT',
    price: 60_000,
    dailyVolatility: 0.03,
    minuteVolume: 60,
    pricePlaces: 2,
    amountPlaces: 5,
  },
];
