/** Exchanges that LIVE bots may trade on: how each answers in good and bad times has been looked at and is tested. */
export const liveExchanges: readonly string[] = ['binance', 'bybit', 'kraken'];

/** Those of them that keep deposits in a wallet apart, from which a bot may bring what an entry needs. */
export const fundingExchanges: readonly string[] = ['binance', 'bybit'];
