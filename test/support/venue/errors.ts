/** An error as Binance answers it: HTTP status, its own code, its sentence. */
export class VenueError extends Error {
  readonly status: number;
  readonly code: number;

  constructor(code: number, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

// Codes and sentences: developers.binance.com, Spot API, "Error codes".
export const venueErrors = {
  timestampAhead: () => new VenueError(-1021, "Timestamp for this request was 1000ms ahead of the server's time."),
  timestampLate: () => new VenueError(-1021, 'Timestamp for this request is outside of the recvWindow.'),
  badSignature: () => new VenueError(-1022, 'Signature for this request is not valid.'),
  missing: (name: string) => new VenueError(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`),
  filter: (name: string) => new VenueError(-1013, `Filter failure: ${name}`),
  badSymbol: () => new VenueError(-1121, 'Invalid symbol.'),
  rejected: (message: string) => new VenueError(-2010, message),
  insufficient: () => new VenueError(-2010, 'Account has insufficient balance for requested action.'),
  duplicate: () => new VenueError(-2010, 'Duplicate order sent.'),
  unknownOrder: () => new VenueError(-2011, 'Unknown order sent.'),
  noSuchOrder: () => new VenueError(-2013, 'Order does not exist.'),
  badKey: () => new VenueError(-2015, 'Invalid API-key, IP, or permissions for action.', 401),
  tooManyRequests: (status: number) =>
    new VenueError(
      -1003,
      'Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.',
      status,
    ),
  notHere: (route: string) => new VenueError(-1020, `The test venue has no ${route}.`, 404),
};
