import { clipped } from '../../clip.ts';
import { DomainError } from '../../errors.ts';
import { withoutKnownSecrets } from '../../redact.ts';

/** What went wrong with a call, as far as it decides what to do next. */
export type FailureKind =
  /** The exchange, or ccxt before sending, said no for good. */
  | 'REJECTED'
  | 'INSUFFICIENT_FUNDS'
  | 'BAD_SYMBOL'
  /** The exchange has no such order. */
  | 'NOT_FOUND'
  /** There was such an order; it ended without an execution, so long ago that the exchange keeps no record of it. */
  | 'ARCHIVED'
  /** The client order id is in use: an order exists there. */
  | 'DUPLICATE'
  /** The key is wrong or may not do this. */
  | 'AUTHENTICATION'
  /** Too many requests, or banned for a while. */
  | 'THROTTLED'
  | 'MAINTENANCE'
  /** The exchange found our clock wrong. */
  | 'CLOCK'
  /** No answer, or none that can be read: what was asked may or may not have been done. */
  | 'UNKNOWN';

export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
  /** How long the exchange asks to be left alone. */
  readonly retryAfterMs?: number;
}

/**
 * ccxt's error classes, most special first. An error that is not in the table says nothing about what was asked: plain ExchangeError stands for
 * codes that ccxt does not know, BadResponse and NullResponse for answers that cannot be read.
 */
const kinds: readonly (readonly [className: string, kind: FailureKind])[] = [
  ['ExchangeClosedByUser', 'UNKNOWN'],
  ['OrderNotFound', 'NOT_FOUND'],
  ['DuplicateOrderId', 'DUPLICATE'],
  ['InsufficientFunds', 'INSUFFICIENT_FUNDS'],
  ['BadSymbol', 'BAD_SYMBOL'],
  ['AuthenticationError', 'AUTHENTICATION'],
  ['InvalidOrder', 'REJECTED'],
  ['BadRequest', 'REJECTED'],
  ['OperationRejected', 'REJECTED'],
  ['ArgumentsRequired', 'REJECTED'],
  ['NotSupported', 'REJECTED'],
  ['DDoSProtection', 'THROTTLED'],
  ['RateLimitExceeded', 'THROTTLED'],
  ['OnMaintenance', 'MAINTENANCE'],
  ['InvalidNonce', 'CLOCK'],
];

/**
 * Answers that ccxt has no class for, or a wrong one; the first that fits counts. docs.kraken.com, "API errors"; developers.binance.com, Spot API, change
 * log of 2023-07-11: -2026 is a canceled or expired order without an execution, the last change of which is 90 days ago.
 */
const texts: readonly (readonly [text: RegExp, kind: FailureKind])[] = [
  [/"code":-2026\b.*archived/, 'ARCHIVED'],
  // Bybit: a transfer with this id exists. bybit-exchange.github.io, V5, "Error codes".
  [/"retCode":131214\b/, 'DUPLICATE'],
  [/"EOrder:Unknown order/, 'NOT_FOUND'],
  [/"EAPI:Invalid signature/, 'AUTHENTICATION'],
  [/"EService:Deadline elapsed/, 'CLOCK'],
  [/"EService:Market in \w+ mode/, 'MAINTENANCE'],
  [/"EQuery:Unknown asset pair/, 'BAD_SYMBOL'],
  [/"EOrder:Insufficient \w+|"EOrder:Margin allowance exceeded/, 'INSUFFICIENT_FUNDS'],
  [/"E(Order|API|General):(Rate limit exceeded|Too many requests)|"EOrder:Domain rate limit exceeded/, 'THROTTLED'],
  // What is wrong with an order, with its words, or with what the account may do: it was not placed.
  [/"EOrder:|"EGeneral:Invalid arguments|"EAccount:Invalid permissions/, 'REJECTED'],
];

const retryAfter = new WeakMap<Error, number>();

/** Keeps how long the exchange asks to be left alone with the error that came of its answer. */
export function rememberRetryAfter(error: Error, ms: number): void {
  retryAfter.set(error, ms);
}

/** Nothing was sent, because the exchange has asked to be left alone for a while. */
export class LeftAloneError extends Error {}

/** Sorts whatever a call threw. Errors are told by the names of their classes, so that ccxt need not be loaded for it. */
export function classify(error: unknown): Failure {
  const names = classNames(error);
  const text = error instanceof Error ? error.message : String(error);
  const isOurs = error instanceof LeftAloneError;
  const known = isOurs ? 'THROTTLED' : names.has('BaseError') ? kinds.find(([name]) => names.has(name))?.[1] : undefined;
  const told = names.has('BaseError') ? texts.find(([pattern]) => pattern.test(text))?.[1] : undefined;
  // Some exchanges tell a duplicate only in words.
  const kind = told ?? known ?? 'UNKNOWN';
  const isDuplicate = kind === 'REJECTED' && /duplicate|already (exists|in use)/i.test(text);
  const retryAfterMs = error instanceof Error ? retryAfter.get(error) : undefined;
  return {
    kind: isDuplicate ? 'DUPLICATE' : kind,
    message: readable(text),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** "There is no such order" is an answer; everything else that is thrown is not. */
export async function absentAsUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (classify(error).kind === 'NOT_FOUND') return undefined;
    throw error;
  }
}

const codes: Readonly<Record<FailureKind, 'EXCHANGE_REJECTED' | 'INSUFFICIENT_BALANCE' | 'NOT_FOUND' | 'EXCHANGE_UNAVAILABLE'>> =
  {
    REJECTED: 'EXCHANGE_REJECTED',
    INSUFFICIENT_FUNDS: 'INSUFFICIENT_BALANCE',
    BAD_SYMBOL: 'NOT_FOUND',
    NOT_FOUND: 'NOT_FOUND',
    AUTHENTICATION: 'EXCHANGE_REJECTED',
    // An order with that id exists, or did: only a look-up can tell what became of it.
    DUPLICATE: 'EXCHANGE_UNAVAILABLE',
    ARCHIVED: 'EXCHANGE_UNAVAILABLE',
    THROTTLED: 'EXCHANGE_UNAVAILABLE',
    MAINTENANCE: 'EXCHANGE_UNAVAILABLE',
    CLOCK: 'EXCHANGE_UNAVAILABLE',
    UNKNOWN: 'EXCHANGE_UNAVAILABLE',
  };

/**
 * The error that leaves the adapter; its `details` carry the kind and `retryAfterMs`. ccxt's own error is not attached: its text holds the
 * signed address and the whole answer.
 */
export function domainErrorOf(error: unknown, what: string): DomainError {
  if (error instanceof DomainError) return error;
  const { kind, message, retryAfterMs } = classify(error);
  return new DomainError(codes[kind], `${what}: ${message}`, {
    details: { kind, ...(retryAfterMs !== undefined && { retryAfterMs }) },
  });
}

/** Without secrets and query strings, which carry keys' signatures, and not longer than a sentence needs. */
function readable(text: string): string {
  const bare = withoutKnownSecrets(text).replace(/\?\S+/g, '').replace(/\s+/g, ' ').trim();
  return bare.length > 300 ? `${clipped(bare, 300)} …` : bare;
}

function classNames(error: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  for (let proto: unknown = error; typeof proto === 'object' && proto !== null; proto = Object.getPrototypeOf(proto))
    names.add(proto.constructor.name);
  return names;
}
