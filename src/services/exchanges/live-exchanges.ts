/** Exchanges that LIVE bots may trade on: how each answers in good and bad times has been looked at and is tested. */
export const liveExchanges: readonly string[] = ['binance', 'bybit', 'kraken'];
