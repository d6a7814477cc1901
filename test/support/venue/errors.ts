/** Why the venue refuses, whatever the wire calls it. */
export type RefusalKind =
  | 'TIMESTAMP'
  | 'SIGNATURE'
  | 'MISSING'
  | 'LOT_SIZE'
  | 'PRICE_FILTER'
  | 'NOTIONAL'
  | 'BAD_SYMBOL'
  | 'WOULD_TAKE'
  | 'WOULD_TRIGGER'
  | 'INSUFFICIENT'
  | 'FUNDING_INSUFFICIENT'
  | 'TRANSFER_EXISTS'
  | 'NO_PERMISSION'
  | 'DUPLICATE'
  | 'UNKNOWN_ORDER'
  | 'NO_SUCH_ORDER'
  | 'ARCHIVED'
  | 'BAD_KEY'
  | 'TOO_MANY'
  | 'HALTED'
  | 'NONCE'
  | 'NOT_HERE'
  | 'RANGE';

/** A refusal: as Binance answers it, and its kind for those who speak otherwise. */
export class VenueError extends Error {
  readonly kind: RefusalKind;
  readonly status: number;
  readonly code: number;

  constructor(kind: RefusalKind, code: number, message: string, status = 400) {
    super(message);
    this.kind = kind;
    this.code = code;
    this.status = status;
  }
}

// Codes and sentences: developers.binance.com, Spot API, "Error codes".
export const venueErrors = {
  timestampAhead: () => new VenueError('TIMESTAMP', -1021, "Timestamp for this request was 1000ms ahead of the server's time."),
  timestampLate: () => new VenueError('TIMESTAMP', -1021, 'Timestamp for this request is outside of the recvWindow.'),
  badSignature: () => new VenueError('SIGNATURE', -1022, 'Signature for this request is not valid.'),
  missing: (name: string) =>
    new VenueError('MISSING', -1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`),
  filter: (name: 'LOT_SIZE' | 'PRICE_FILTER' | 'NOTIONAL') => new VenueError(name, -1013, `Filter failure: ${name}`),
  badSymbol: () => new VenueError('BAD_SYMBOL', -1121, 'Invalid symbol.'),
  wouldTake: () => new VenueError('WOULD_TAKE', -2010, 'Order would immediately match and take.'),
  wouldTrigger: () => new VenueError('WOULD_TRIGGER', -2010, 'Stop price would trigger immediately.'),
  pricesOfPair: () => new VenueError('WOULD_TRIGGER', -2010, 'The relationship of the prices for the orders is not correct.'),
  insufficient: () => new VenueError('INSUFFICIENT', -2010, 'Account has insufficient balance for requested action.'),
  fundingInsufficient: () => new VenueError('FUNDING_INSUFFICIENT', -5013, 'Asset transfer failed: insufficient balance'),
  transferExists: () => new VenueError('TRANSFER_EXISTS', -1, 'TransferId exist'),
  noPermission: () => new VenueError('NO_PERMISSION', -1002, 'You are not authorized to execute this request.', 401),
  duplicate: () => new VenueError('DUPLICATE', -2010, 'Duplicate order sent.'),
  halted: () => new VenueError('HALTED', -1013, 'Market is closed.'),
  unknownOrder: () => new VenueError('UNKNOWN_ORDER', -2011, 'Unknown order sent.'),
  noSuchOrder: () => new VenueError('NO_SUCH_ORDER', -2013, 'Order does not exist.'),
  archived: () =>
    new VenueError(
      'ARCHIVED',
      -2026,
      'Order was canceled or expired with no executed qty over 90 days ago and has been archived.',
    ),
  badKey: () => new VenueError('BAD_KEY', -2015, 'Invalid API-key, IP, or permissions for action.', 401),
  nonce: () => new VenueError('NONCE', -1, 'The number of this request is not above the last one.'),
  tooLong: () => new VenueError('RANGE', -1127, 'More than 24 hours between startTime and endTime.'),
  tooManyRequests: (status: number) =>
    new VenueError(
      'TOO_MANY',
      -1003,
      'Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.',
      status,
    ),
  notHere: (route: string) => new VenueError('NOT_HERE', -1020, `The test venue has no ${route}.`, 404),
};
