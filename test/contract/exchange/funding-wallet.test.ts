import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DomainError } from '../../../src/services/errors.ts';
import { CcxtExchange } from '../../../src/services/exchanges/ccxt/ccxt-exchange.ts';
import { venueProfile } from '../../../src/services/exchanges/ccxt/venues.ts';
import { fundingExchanges, liveExchanges } from '../../../src/services/exchanges/live-exchanges.ts';
import type { FundingWallet, TransferRequest } from '../../../src/services/exchanges/port/funding-wallet.ts';
import { newId } from '../../../src/services/ids.ts';
import { decimal } from '../../../src/trading/money.ts';
import { binance } from '../../support/venue/binance/binance.ts';
import { bybit } from '../../support/venue/bybit/bybit.ts';
import type { Dialect } from '../../support/venue/dialect.ts';
import type { RestFault } from '../../support/venue/faults.ts';
import { tradingRestrictions } from '../../support/venue/key-routes.ts';
import { Pinned } from '../../support/venue/pin.ts';
import { Venue } from '../../support/venue/venue.ts';

it('exchanges with a funding wallet are those that say so', () => {
  expect(liveExchanges.filter((name) => venueProfile(name)?.fundingWallet)).toEqual(fundingExchanges);
});

describe.each<[Dialect]>([[binance], [bybit]])('the funding wallet at a $id that runs on this machine', (dialect) => {
  let venue: Venue;
  let pinned: Pinned;
  let exchange: CcxtExchange;
  let wallet: FundingWallet;
  const routes = { bring: dialect.routes.transfer ?? '', find: dialect.routes.transfers ?? '' };

  beforeEach(async () => {
    venue = await Venue.start({ dialect, balances: { USDT: '100' }, funding: { USDT: '1000' } });
    venue.restrictions = tradingRestrictions({ permitsUniversalTransfer: true });
    pinned = new Pinned(() => venue);
    const { apiKey, secret } = venue;
    exchange = await CcxtExchange.open({ exchange: dialect.id, apiKey, secret, deadlineMs: 300, prepare: pinned.prepare });
    if (!exchange.fundingWallet) throw new Error(`${dialect.id} has no funding wallet`);
    wallet = exchange.fundingWallet;
  });
  afterEach(async () => {
    await exchange.close();
    await pinned.close();
    await venue.close();
  });

  const request = (changes: Partial<TransferRequest> = {}): TransferRequest => ({
    id: newId(),
    asset: 'USDT',
    amount: decimal('250.5'),
    ...changes,
  });
  const codeOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'DONE').catch(({ code }: DomainError) => code);
  const free = async (): Promise<string | undefined> =>
    (await exchange.balances()).find(({ asset }) => asset === 'USDT')?.free.toString();

  it('brings what was asked for, which is then free and found', async () => {
    const wanted = request();
    const report = await wallet.bring(wanted);
    expect(report.status).toBe('DONE');
    expect(await free()).toBe('350.5');
    expect(await wallet.find(wanted, exchange.now())).toEqual([report]);
  });

  it('refuses more than there is, and says so as a refusal', async () => {
    expect(await codeOf(wallet.bring(request({ amount: decimal(1_001) })))).toBe('INSUFFICIENT_BALANCE');
    expect(await free()).toBe('100');
  });

  it.each<[string, Partial<RestFault>, number]>([
    ['cut after it was done', { effect: 'RESET' }, 1],
    ['cut before it was done', { effect: 'RESET', processed: false }, 0],
    ['half an answer', { effect: 'TRUNCATE' }, 1],
    ['an answer that is late', { effect: 'DELAY', delayMs: 500, processed: true }, 1],
    ['a web page', { effect: 'HTML' }, 1],
    ['an overloaded front', { effect: 'STATUS', status: 503, processed: false }, 0],
    ['too many requests', { effect: 'STATUS', status: 429, processed: false }, 0],
  ])('does not take %s for a refusal, asks once only, and finds what became of it', async (_, fault, moved) => {
    const wanted = request();
    venue.faults.add({ route: routes.bring, effect: 'RESET', ...fault });
    expect(await codeOf(wallet.bring(wanted))).toBe('EXCHANGE_UNAVAILABLE');
    expect(venue.asked(routes.bring)).toBe(1);
    expect((await wallet.find(wanted, exchange.now())).map(({ status }) => status)).toEqual(Array(moved).fill('DONE'));
  });

  it('does not send what was to have left by now', async () => {
    expect(await codeOf(wallet.bring(request({ sendWithinMs: -1 })))).toBe('EXCHANGE_REJECTED');
    expect(venue.asked(routes.bring)).toBe(0);
  });

  it('finds neither other amounts nor other times', async () => {
    await wallet.bring(request());
    expect(await wallet.find(request({ amount: decimal('250.6') }), exchange.now())).toEqual([]);
    expect(await wallet.find(request(), exchange.now() - 3_600_000)).toEqual([]);
  });

  it('tells one that is taken and not carried out yet', async () => {
    const wanted = request();
    venue.ledger.isTransferSlow = true;
    await wallet.bring(wanted);
    expect(await wallet.find(wanted, exchange.now())).toMatchObject([{ status: 'PENDING' }]);
    expect(await free()).toBe('100');
  });

  it('does not answer for a look-up that failed', async () => {
    venue.faults.add({ route: routes.find, effect: 'EMPTY' });
    expect(await codeOf(wallet.find(request(), exchange.now()))).toBe('EXCHANGE_UNAVAILABLE');
  });

  it('knows what the exchange takes for its own: an id of the caller, or only what it was and when', async () => {
    const [first, second] = [request(), request()];
    await wallet.bring(first);
    await wallet.bring(second);
    const found = await wallet.find(first, exchange.now());
    if (dialect === binance) expect(found).toHaveLength(2);
    else {
      expect(found).toHaveLength(1);
      expect(await codeOf(wallet.bring(first))).toBe('EXCHANGE_UNAVAILABLE');
      expect(await free()).toBe('601');
    }
  });
});

it('a key that may not transfer is refused by Binance, and nothing moves', async () => {
  const venue = await Venue.start({ funding: { USDT: '1000' } });
  const pinned = new Pinned(() => venue);
  const { apiKey, secret } = venue;
  const exchange = await CcxtExchange.open({ exchange: 'binance', apiKey, secret, prepare: pinned.prepare });
  const asked = exchange.fundingWallet?.bring({ id: newId(), asset: 'USDT', amount: decimal(1) });
  await expect(asked).rejects.toMatchObject({ code: 'EXCHANGE_REJECTED' });
  expect(venue.ledger.transfers).toEqual([]);
  await exchange.close();
  await pinned.close();
  await venue.close();
});
