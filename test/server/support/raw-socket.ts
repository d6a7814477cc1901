import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';

/** A client that says whatever a test wants it to say. */
export interface Raw {
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
  send(message: object | string): void;
  /** The next message of a type. */
  next(type: string): Promise<Record<string, unknown>>;
}

export async function openRaw(url: string, options: { origin?: string; autoPong?: boolean } = {}): Promise<Raw> {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', options);
  const messages: Record<string, unknown>[] = [];
  const waiting: { type: string; resolve: (message: Record<string, unknown>) => void }[] = [];
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as Record<string, unknown>;
    const index = waiting.findIndex(({ type }) => type === message['type']);
    if (index >= 0) waiting.splice(index, 1)[0].resolve(message);
    else messages.push(message);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  return {
    socket,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    next: (type) => {
      const index = messages.findIndex((message) => message['type'] === type);
      if (index >= 0) return Promise.resolve(messages.splice(index, 1)[0]);
      return new Promise((resolve) => waiting.push({ type, resolve }));
    },
  };
}

export const init = (token?: string): object => ({
  type: 'connection_init',
  ...(token ? { payload: { Authorization: `Bearer ${token}` } } : {}),
});

export const subscribe = (id: string, query: string): object => ({ type: 'subscribe', id, payload: { query } });

/** A plain TCP connection that has asked for a WebSocket and read the server's first answer, the status line included. */
export async function upgradeByHand(url: string, headers = ''): Promise<{ socket: Socket; answer: string }> {
  const { port } = new URL(url);
  const socket = connect({ port: Number(port), host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.write(
    `GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n${headers}\r\n`,
  );
  const answer = await new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(chunk.toString())));
  return { socket, answer };
}

/** A text frame of a client, masked with zeros. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = payload.length < 126 ? Buffer.alloc(6) : Buffer.alloc(8);
  head[0] = 0x81;
  if (payload.length < 126) head[1] = 0x80 | payload.length;
  else {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(payload.length, 2);
  }
  return Buffer.concat([head, payload]);
}

/** The code of the close frame that a server sends to a plain connection, once it has ended. */
export async function closeCodeOf(socket: Socket): Promise<number | undefined> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => socket.once('close', resolve));
  const data = Buffer.concat(chunks);
  const at = data.lastIndexOf(0x88);
  return at < 0 ? undefined : data.readUInt16BE(at + 2);
}
