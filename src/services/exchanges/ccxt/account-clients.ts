import { DomainError } from '../../errors.ts';
import { Quiet, withDeadline } from './calls.ts';
import type { CcxtClient } from './client.ts';
import { domainErrorOf } from './failures.ts';
import { loadClient, marketsDeadlineMs } from './load-client.ts';
import { Nonces } from './nonces.ts';
import { RuleBook } from './rule-book.ts';
import { ServerTime } from './server-time.ts';
import { closeStreams } from './sockets.ts';
import { venueProfile, type VenueProfile } from './venues.ts';

export interface AccountClientsOptions {
  readonly exchange: string;
  readonly apiKey: string;
  readonly secret: string;
  readonly passphrase?: string | undefined;
  readonly prepare?: (client: CcxtClient) => void | Promise<void>;
  readonly onTrouble?: (error: unknown) => void;
}

/**
 * The connections of one account. ccxt queues the requests of a client for the rate limit, so a cancel would wait behind whatever else is
 * asked: orders have a client of their own, and what a halt sends has another one.
 */
export interface AccountClients {
  readonly profile: VenueProfile;
  readonly time: ServerTime;
  readonly rules: RuleBook;
  /** Places and cancels, and asks for what it is about to place. */
  readonly orders: CcxtClient;
  /**
   * Cancels and sells for whatever halts a bot, with sockets of its own and no waiting for the rate limit: a handful of requests, which the exchange's
   * own count has room for, since all others stay under it. While the exchange asks to be left alone it sends nothing either.
   */
  readonly halts: CcxtClient;
  /** Asks for everything else, and listens to the account's streams. */
  readonly polls: CcxtClient;
  close(): Promise<void>;
}

/** @throws DomainError NOT_FOUND for an exchange without a profile, EXCHANGE_UNAVAILABLE when it does not answer */
export async function openAccount(options: AccountClientsOptions): Promise<AccountClients> {
  const { exchange, apiKey, secret, passphrase, prepare, onTrouble = () => undefined } = options;
  const profile = venueProfile(exchange);
  if (!profile)
    throw new DomainError('NOT_FOUND', `orders cannot be sent to "${exchange}": it has not passed the tests for that`);
  const client = {
    id: profile.id,
    apiKey,
    secret,
    ...(passphrase !== undefined && { passphrase }),
    quiet: new Quiet(),
    ...(prepare && { prepare }),
  };
  const [orders, halts, polls] = await Promise.all([
    loadClient(client),
    loadClient({ ...client, isLimited: false }),
    loadClient(client),
  ]);
  const time = new ServerTime();
  const close = async (): Promise<void> => {
    time.stop();
    await Promise.all([orders, halts, polls].map(closeStreams));
  };
  if (profile.countsRequests) {
    const nonces = new Nonces(() => time.now());
    for (const each of [orders, polls]) nonces.use(each);
    nonces.use(halts, true);
  }
  for (const each of [orders, halts, polls]) time.add(each);
  try {
    await time.keep(polls, onTrouble);
    const rules = new RuleBook(polls, [orders, halts]);
    await withDeadline(`the markets of ${exchange}`, marketsDeadlineMs, () => rules.refresh());
    return { profile, time, rules, orders, halts, polls, close };
  } catch (error) {
    await close();
    throw domainErrorOf(error, `connecting to ${exchange}`);
  }
}
