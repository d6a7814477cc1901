import { DomainError } from '../../errors.ts';
import { Quiet, withDeadline } from './calls.ts';
import type { CcxtMarketDataOptions } from './ccxt-market-data.ts';
import type { CcxtClient } from './client.ts';
import { domainErrorOf } from './failures.ts';
import { loadClient, marketsDeadlineMs } from './load-client.ts';
import { RuleBook } from './rule-book.ts';
import { ServerTime } from './server-time.ts';
import { closeStreams } from './sockets.ts';
import { venueProfile, type VenueProfile } from './venues.ts';

/** The connections for public market data: two clients, so that a long download of history never delays what is live. */
export interface MarketClients {
  readonly profile: VenueProfile;
  readonly time: ServerTime;
  readonly rules: RuleBook;
  /** Asks; amounts are the exchange's own text. */
  readonly polls: CcxtClient;
  /** Listens; everything is doubles. */
  readonly streams: CcxtClient;
  close(): Promise<void>;
}

/** @throws DomainError NOT_FOUND for an exchange without a profile, EXCHANGE_UNAVAILABLE when it does not answer */
export async function openMarkets(options: CcxtMarketDataOptions): Promise<MarketClients> {
  const { exchange, prepare, onTrouble = () => undefined } = options;
  const profile = venueProfile(exchange);
  if (!profile) throw new DomainError('NOT_FOUND', `there is no connection to an exchange "${exchange}"`);
  const client = { id: profile.id, quiet: new Quiet(), ...(prepare && { prepare }) };
  const [polls, streams] = await Promise.all([loadClient(client), loadClient({ ...client, numbers: 'DOUBLE' })]);
  const time = new ServerTime();
  const close = async (): Promise<void> => {
    time.stop();
    await Promise.all([closeStreams(polls), closeStreams(streams)]);
  };
  try {
    await time.keep(polls, onTrouble);
    const rules = new RuleBook(polls, [streams]);
    await withDeadline(`the markets of ${exchange}`, marketsDeadlineMs, () => rules.refresh());
    return { profile, time, rules, polls, streams, close };
  } catch (error) {
    await close();
    throw domainErrorOf(error, `connecting to ${exchange}`);
  }
}
