/** What signs requests to an account at an exchange. Never logged, never told. */
export interface ExchangeCredentials {
  readonly apiKey: string;
  readonly secret: string;
  readonly passphrase?: string | undefined;
}

/** What an exchange says that a key may do. */
export interface KeyAbilities {
  /** Balances, orders and trades. */
  readonly canRead: boolean;
  /** Orders on the spot market. */
  readonly canTrade: boolean;
  /** Between the wallets of its own account; false where there is but one. */
  readonly canTransfer: boolean;
  /** Null where the exchange does not tell. */
  readonly canWithdraw: boolean | null;
}

/** Asks exchanges what keys may do. Nothing is placed, moved or changed by it. */
export interface KeyProbe {
  /** Names of the exchanges whose keys it can ask about. */
  readonly exchanges: readonly string[];
  /**
   * @throws DomainError EXCHANGE_REJECTED with what the exchange said when it does not take the key, EXCHANGE_UNAVAILABLE when it does
   * not answer, INVALID when the secret cannot be one of this exchange
   */
  abilities(exchange: string, credentials: ExchangeCredentials): Promise<KeyAbilities>;
}
