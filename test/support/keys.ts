import type { ExchangeCredentials, KeyAbilities, KeyProbe } from '../../src/services/exchanges/key-probe.ts';

/** Exchanges that say of every key what a test wants them to say; what was asked is kept. */
export class ScriptedProbe implements KeyProbe {
  readonly exchanges = ['binance', 'bybit', 'kraken'];
  readonly asked: { exchange: string; credentials: ExchangeCredentials }[] = [];
  answer: KeyAbilities | Error = { canRead: true, canTrade: true, canTransfer: false, canWithdraw: false };

  async abilities(exchange: string, credentials: ExchangeCredentials): Promise<KeyAbilities> {
    this.asked.push({ exchange, credentials });
    await Promise.resolve();
    if (this.answer instanceof Error) throw this.answer;
    return this.answer;
  }
}
