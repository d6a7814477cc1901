/** An exchange that the program knows by name. */
export interface KnownExchange {
  /** As the ccxt library calls it. */
  readonly name: string;
  readonly displayName: string;
}

/** The exchanges of the catalogue: the built-in market, and real ones, which are reached through ccxt when somebody asks for them. */
export const knownExchanges: readonly KnownExchange[] = [
  { name: 'sim', displayName: 'Simulated market' },
  { name: 'binance', displayName: 'Binance' },
  { name: 'kraken', displayName: 'Kraken' },
  { name: 'bybit', displayName: 'Bybit' },
];
