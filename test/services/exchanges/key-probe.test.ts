import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CcxtKeyProbe } from '../../../src/services/exchanges/ccxt/permissions.ts';
import { KeyServer, tradingRestrictions } from '../../support/venue/key-routes.ts';
import { Pinned } from '../../support/venue/pin.ts';
import { Venue } from '../../support/venue/venue.ts';

describe('what a key may do, asked through the real client', () => {
  let venue: Venue;
  let keys: KeyServer;
  let pins: { venue: Pinned; keys: Pinned };
  const probe = (exchange: string): CcxtKeyProbe => {
    const { prepare } = exchange === 'binance' ? pins.venue : pins.keys;
    return new CcxtKeyProbe({ prepare, deadlineMs: 5_000 });
  };
  const credentialsOf = (exchange: string): { apiKey: string; secret: string } => (exchange === 'binance' ? venue : keys);
  const ask = (exchange: string, changes = {}): Promise<unknown> => {
    const { apiKey, secret } = credentialsOf(exchange);
    return probe(exchange).abilities(exchange, { apiKey, secret, ...changes });
  };

  beforeEach(async () => {
    venue = await Venue.start();
    keys = await KeyServer.start();
    pins = { venue: new Pinned(() => venue), keys: new Pinned(() => keys, { hosts: keys.hosts }) };
  });
  afterEach(async () => {
    await Promise.all([pins.venue.close(), pins.keys.close()]);
    await Promise.all([venue.close(), keys.close()]);
  });

  const all = { canRead: true, canTrade: true, canTransfer: false, canWithdraw: false };
  it.each<[string, string, (() => void) | undefined, object]>([
    ['binance', 'one that trades', undefined, all],
    [
      'binance',
      'one that reads',
      () => (venue.restrictions = tradingRestrictions({ enableSpotAndMarginTrading: false })),
      { ...all, canTrade: false },
    ],
    [
      'binance',
      'one that withdraws',
      () => (venue.restrictions = tradingRestrictions({ enableWithdrawals: true })),
      { ...all, canWithdraw: true },
    ],
    [
      'binance',
      'one that moves money between wallets',
      () => (venue.restrictions = tradingRestrictions({ permitsUniversalTransfer: true })),
      { ...all, canTransfer: true },
    ],
    [
      'binance',
      'one that reads nothing',
      () => (venue.restrictions = tradingRestrictions({ enableReading: false })),
      { ...all, canRead: false },
    ],
    [
      'binance',
      'one of which it does not say',
      () => (venue.restrictions = { enableReading: true, enableSpotAndMarginTrading: true }),
      { ...all, canWithdraw: null },
    ],
    ['bybit', 'one that trades', undefined, all],
    [
      'bybit',
      'one that reads',
      () => (keys.bybit = { readOnly: 1, permissions: { Spot: ['SpotTrade'], Wallet: [] } }),
      { ...all, canTrade: false },
    ],
    [
      'bybit',
      'one that trades something else',
      () => (keys.bybit = { readOnly: 0, permissions: { Spot: [], ContractTrade: ['Order'], Wallet: [] } }),
      { ...all, canTrade: false },
    ],
    [
      'bybit',
      'one that withdraws',
      () => (keys.bybit = { readOnly: 0, permissions: { Spot: ['SpotTrade'], Wallet: ['AccountTransfer', 'Withdraw'] } }),
      { ...all, canTransfer: true, canWithdraw: true },
    ],
    [
      'bybit',
      'one that moves money between wallets',
      () => (keys.bybit = { readOnly: 0, permissions: { Spot: ['SpotTrade'], Wallet: ['AccountTransfer'] } }),
      { ...all, canTransfer: true },
    ],
    ['kraken', 'one that trades', undefined, all],
    [
      'kraken',
      'one that reads',
      () => (keys.kraken = { permissions: ['query-funds', 'query-open-trades', 'query-closed-trades'] }),
      { ...all, canTrade: false },
    ],
    [
      'kraken',
      'one that withdraws',
      () => (keys.kraken = { permissions: ['query-funds', 'query-open-trades', 'modify-trades', 'withdraw-funds'] }),
      { ...all, canWithdraw: true },
    ],
    [
      'kraken',
      'one told by flags',
      () =>
        (keys.kraken = {
          permissions: { funds_query: true, trades_query_open: true, trades_modify: true, funds_withdraw: false },
        }),
      all,
    ],
    [
      'kraken',
      'one that withdraws, told by flags',
      () =>
        (keys.kraken = {
          permissions: { funds_query: true, trades_query_open: true, trades_modify: true, funds_withdraw: true },
        }),
      { ...all, canWithdraw: true },
    ],
    [
      'kraken',
      'one told in other words',
      () => (keys.kraken = { permissions: ['everything'] }),
      { canRead: false, canTrade: false, canTransfer: false, canWithdraw: null },
    ],
  ])('%s: %s', async (exchange, _name, arrange, expected) => {
    arrange?.();
    expect(await ask(exchange)).toEqual(expected);
  });

  it.each(['binance', 'bybit', 'kraken'])(
    '%s: a key or a secret that it does not take is refused with what it said, not with the key',
    async (exchange) => {
      const { apiKey } = credentialsOf(exchange);
      const wrong = { apiKey: 'somebody-elses-key', secret: Buffer.from('somebody else').toString('base64') };
      for (const changes of [wrong, { secret: wrong.secret }]) {
        const error = await ask(exchange, changes).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({
          code: 'EXCHANGE_REJECTED',
          message: expect.stringMatching(/^asking \w+ what the key may do: .*(key|sign)/i),
        });
        for (const hidden of [apiKey, wrong.apiKey, wrong.secret])
          expect(JSON.stringify(error) + String(error)).not.toContain(hidden);
      }
    },
  );

  it.each(['binance', 'bybit'])('%s: a clock that is wrong is set right', async (exchange) => {
    venue.skewMs = keys.skewMs = 60_000;
    expect(await ask(exchange)).toEqual(all);
  });

  it.each(['binance', 'bybit', 'kraken'])('%s: no answer says nothing about the key', async (exchange) => {
    if (exchange === 'binance') venue.faults.add({ effect: 'STATUS', status: 503 });
    keys.text = '<html>Attention required</html>';
    await expect(ask(exchange)).rejects.toMatchObject({ code: 'EXCHANGE_UNAVAILABLE' });
  });

  it.each([
    ['bybit', '{"retCode":0,"result":{}}'],
    ['kraken', '{"error":[],"result":{}}'],
    ['kraken', '{"error":[],"result":{"permissions":"all"}}'],
  ])('%s: an answer that is not understood says nothing either: %s', async (exchange, text) => {
    keys.text = text;
    await expect(ask(exchange)).rejects.toMatchObject({
      code: 'EXCHANGE_UNAVAILABLE',
      message: expect.stringContaining('not understood'),
    });
  });

  it('kraken: a secret that is no Base64 is not even sent', async () => {
    await expect(ask('kraken', { secret: 'not base64!' })).rejects.toMatchObject({ code: 'INVALID', path: ['input', 'secret'] });
    expect(keys.requests).toEqual([]);
  });

  it('asks one thing, which reads', async () => {
    for (const exchange of ['binance', 'bybit', 'kraken']) await ask(exchange);
    expect(venue.requests.map(({ route }) => route)).toEqual(['GET /sapi/v1/account/apiRestrictions']);
    expect(keys.requests).toEqual(['GET /v5/user/query-api', 'POST /0/private/GetApiKeyInfo']);
  });

  it('knows nothing of other exchanges', async () => {
    await expect(new CcxtKeyProbe().abilities('sim', venue)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
