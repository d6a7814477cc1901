import { describe, expect, it } from 'vitest';
import { checkTransfers } from '../../../src/services/bots/transfer-input.ts';
import { fundingExchanges, liveExchanges } from '../../../src/services/exchanges/live-exchanges.ts';
import { decimal } from '../../../src/trading/money.ts';

describe('the transfers of a LIVE bot', () => {
  const bot = { name: 'b', mode: 'LIVE', initialCapital: decimal(5_000), autoTransferFunds: true, transferAmount: null } as const;

  it.each(liveExchanges.map((exchange) => [exchange] as const))(
    'are taken on %s where it has a funding wallet, else refused',
    (exchange) => {
      const check = (): void => checkTransfers(bot, exchange, ['input']);
      if (fundingExchanges.includes(exchange)) expect(check).not.toThrow();
      else
        expect(check).toThrow(
          expect.objectContaining({
            code: 'INVALID',
            path: ['input', 'autoTransferFunds'],
            message: `${exchange} keeps no funding wallet apart from the one that it trades from: autoTransferFunds works on binance, bybit`,
          }),
        );
    },
  );
});
