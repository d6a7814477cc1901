/** Why the server closes a socket; those from 4400 are of the graphql-transport-ws protocol. */
export const closeCodes = {
  /** The server stops: come back in a moment, here or elsewhere. */
  restart: 1012,
  /** A message that the protocol does not know. */
  badRequest: 4400,
  /** The token is no good, has expired or was revoked: come back with another. */
  forbidden: 4403,
  /** Too many sockets, messages, or connection_inits. */
  tooMany: 4429,
  /** Something broke here. */
  internal: 4500,
} as const;
