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
 * asked: orders have a client of their own.
 */
export interface AccountClients {
  readonly profile: VenueProfile;
  readonly time: ServerTime;
  readonly rules: RuleBook;
  /** Places and cancels, and asks for what it is about to place. */
  readonly orders: CcxtClient;
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
  const [orders, polls] = await Promise.all([loadClient(client), loadClient(client)]);
  const time = new ServerTime();
  const close = async (): Promise<void> => {
    time.stop();
    await Promise.all([closeStreams(orders), closeStreams(polls)]);
  };
  if (profile.countsRequests) {
    const nonces = new Nonces(() => time.now());
    for (const each of [orders, polls]) nonces.use(each);
  }
  time.add(orders);
  time.add(polls);
  try {
    await time.keep(polls, onTrouble);
    const rules = new RuleBook(polls, [orders]);
    await withDeadline(`the markets of ${exchange}`, marketsDeadlineMs, () => rules.refresh());
    return { profile, time, rules, orders, polls, close };
  } catch (error) {
    await close();
    throw domainErrorOf(error, `connecting to ${exchange}`);
  }
}
