import { handleProtocols } from 'graphql-ws';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Logger } from '../../services/logger.ts';
import { addressOf, type Authenticate, userAgentOf } from '../callers.ts';
import { closeCodes } from '../close-codes.ts';
import type { Connections } from '../connections.ts';
import type { ServerCounters } from '../counters.ts';
import type { Limits } from '../limits.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { createProtocol } from './protocol.ts';
import { SocketConnection } from './socket-connection.ts';

interface SocketOptions {
  readonly httpServer: Server;
  readonly path: string;
  readonly pipeline: Pipeline;
  readonly limits: Limits;
  readonly connections: Connections;
  readonly counters: ServerCounters;
  readonly authenticate: Authenticate;
  readonly logger: Logger;
  /** Whether a page of this origin may open a socket; requests without an Origin do not come from a browser. */
  readonly allowsOrigin: (origin: string, host: string | undefined) => boolean;
  /** The server stops: whoever comes now had better go elsewhere. */
  readonly isDraining: () => boolean;
}

export interface Sockets {
  readonly count: number;
  /** No new sockets; resolves when the last one is closed. */
  close(): Promise<void>;
}

/** WebSockets on the HTTP server's port: who may open one, what comes in and goes out, and whether they still live. */
export function createSockets(options: SocketOptions): Sockets {
  const { connections, counters, limits, logger } = options;
  const protocol = createProtocol(options);
  const open = new Set<SocketConnection>();
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: limits.frameBytes,
    perMessageDeflate: false,
    handleProtocols,
  });

  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const refused = refusalOf(request, options);
    if (refused) stream.end(`HTTP/1.1 ${refused}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    else server.handleUpgrade(request, stream, head, (socket) => accept(socket, stream, request));
  };
  options.httpServer.on('upgrade', onUpgrade);
  // A socket that breaks is the client's affair; its close event does the rest.
  server.on('wsClientError', (_error, stream) => stream.destroy());

  function accept(socket: WebSocket, stream: Duplex, request: IncomingMessage): void {
    const { messagesPerSecond, pingMs } = limits;
    const [address, userAgent] = [addressOf(request), userAgentOf(request)];
    const connection = new SocketConnection({ socket, stream, address, userAgent, counters, messagesPerSecond }, pingMs);
    open.add(connection);
    connections.add(connection);
    // What a client does wrong, such as a frame that is too large, ws answers by itself.
    socket.on('error', () => {});
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => connection.outgoing.sent(text),
        close: (code = closeCodes.internal, reason = '') => connection.end(code, reason),
        onMessage: (hear) =>
          socket.on('message', (data) => {
            if (!connection.hears()) return;
            hear(String(data)).catch((error: unknown) => failed(connection, error));
            connection.pauseIfBehind();
          }),
      },
      { connection },
    );
    socket.once('close', (code, reason) => {
      open.delete(connection);
      connections.remove(connection);
      connection.gone.abort();
      void closed(code, reason.toString());
    });
  }

  function failed(connection: SocketConnection, error: unknown): void {
    // A message that servers send and clients do not; graphql-ws throws it.
    if (error instanceof Error && error.message.startsWith('Unexpected message of type'))
      return connection.end(closeCodes.badRequest, 'Invalid message received');
    logger.error({ err: error }, 'a message of a socket could not be handled');
    connection.end(closeCodes.internal, 'internal error');
  }

  // Sockets are looked at often and pinged seldom, so that the pings of ten thousand are spread over time.
  const liveness = setInterval(
    () => {
      const now = performance.now();
      for (const connection of open) connection.ping(now, limits.pingMs);
    },
    Math.min(1000, limits.pingMs),
  ).unref();

  return {
    get count() {
      return open.size;
    },
    async close() {
      clearInterval(liveness);
      options.httpServer.off('upgrade', onUpgrade);
      await Promise.all([...open].map(({ socket }) => new Promise((resolve) => socket.once('close', resolve))));
    },
  };
}

/** Why a request for a socket is refused, as a status line; undefined lets it pass. */
function refusalOf(request: IncomingMessage, { path, allowsOrigin, connections, isDraining }: SocketOptions): string | undefined {
  const { origin, host } = request.headers;
  if (request.url?.split('?', 1)[0] !== path) return '404 Not Found';
  if (origin && !allowsOrigin(origin, host)) return '403 Forbidden';
  if (isDraining()) return '503 Service Unavailable';
  if (!connections.hasRoomFor(addressOf(request))) return '429 Too Many Requests';
  return undefined;
}
