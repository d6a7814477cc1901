import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { guardCalls, type Quiet } from './calls.ts';
import type { CcxtClient } from './client.ts';
import { readNumbersExactly } from './exact-numbers.ts';
import { guardSockets } from './sockets.ts';
import { venueProfile } from './venues.ts';

export interface ClientOptions {
  /** The exchange as ccxt calls it. */
  readonly id: string;
  readonly apiKey?: string;
  readonly secret?: string;
  readonly passphrase?: string;
  /** Shared by all clients of the exchange. */
  readonly quiet: Quiet;
  /** Amounts and prices as the exchange's own text, unless told. */
  readonly numbers?: 'TEXT' | 'DOUBLE';
  /** Whether requests wait for ccxt's idea of the exchange's rate limit; they do unless told. */
  readonly isLimited?: boolean;
  /** Beside those of the exchange's profile. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Prepares a client before its first request: a proxy, or in tests another address. */
  readonly prepare?: (client: CcxtClient) => void | Promise<void>;
}

type ClientClass = new (config: object) => CcxtClient;

/** A connection is given up when the head of an answer, or the next piece of its body, takes longer. Whoever asked has gone before. */
const timeoutMs = 10_000;
/** The markets of a large exchange are many megabytes. */
export const marketsDeadlineMs = 30_000;
/** A dead socket is noticed after about three of these, ms. */
const keepAliveMs = 15_000;

/**
 * Makes one ccxt client, of the exchange's class with streams. The class's own file is imported: a fifth of the time and two fifths of
 * the memory of the whole package, whose list of exports has no way to a single exchange.
 */
export async function loadClient({
  id,
  apiKey,
  secret,
  passphrase,
  quiet,
  numbers,
  isLimited = true,
  options,
  prepare,
}: ClientOptions): Promise<CcxtClient> {
  const profile = venueProfile(id);
  const packageFolder = dirname(dirname(createRequire(import.meta.url).resolve('ccxt')));
  const file = pathToFileURL(join(packageFolder, 'js', 'src', 'pro', `${id}.js`));
  const module = (await import(/* @vite-ignore */ file.href)) as { default: ClientClass };
  const client = new module.default({
    ...(apiKey !== undefined && { apiKey }),
    ...(secret !== undefined && { secret }),
    ...(passphrase !== undefined && { password: passphrase }),
    number: numbers === 'DOUBLE' ? Number : String,
    timeout: timeoutMs,
    enableRateLimit: isLimited,
    newUpdates: true,
    streaming: { keepAlive: keepAliveMs },
    options: { ...profile?.options, ...options },
  });
  // Currencies are not needed, and asking for them takes a key with more rights.
  client.has.fetchCurrencies = false;
  // Amounts and prices come here rounded, exactly and in the right direction; ccxt would go through doubles, and round prices to the nearest.
  client.amountToPrecision = (_, amount) => String(amount);
  client.priceToPrecision = (_, price) => String(price);
  const dispatcherOptions = client.getDispatcherOptions.bind(client);
  client.getDispatcherOptions = (isPlain) => ({ ...dispatcherOptions(isPlain), bodyTimeout: timeoutMs });
  if (numbers !== 'DOUBLE') readNumbersExactly(client);
  profile?.prepare?.(client);
  guardCalls(client, quiet);
  guardSockets(client);
  await prepare?.(client);
  return client;
}
