import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { frameHead } from '../../src/server/sockets/frame-head.ts';
import { SocketOutgoing } from '../../src/server/sockets/socket-outgoing.ts';

const http = createServer();
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
let client: WebSocket;
let server: WebSocket;
let stream: Duplex;
let outgoing: SocketOutgoing;
let heard: string[];

beforeEach(async () => {
  if (!http.listening) await once(http.listen(0, '127.0.0.1'), 'listening');
  const connected = once(sockets, 'connection') as Promise<[WebSocket, { socket: Duplex }]>;
  client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  heard = [];
  client.on('message', (data: Buffer, isBinary) => heard.push(isBinary ? 'binary' : data.toString()));
  const [socket, request] = await connected;
  server = socket;
  stream = request.socket;
  outgoing = new SocketOutgoing(socket, stream);
});
afterEach(() => {
  client.terminate();
});

/** Sends text in two pieces, as a frame that was made elsewhere. */
function sendInPieces(begin: string, rest: string): void {
  const bytes = Buffer.from(rest);
  outgoing.sendFrame(frameHead(Buffer.from(begin), bytes.length), bytes);
}

describe('a frame that was made elsewhere', () => {
  it.each([2, 125, 126, 127, 65_535, 65_536, 1_000_000])('arrives as one text message of %i bytes', async (length) => {
    sendInPieces('é', 'x'.repeat(length - 2));
    await once(client, 'message');
    expect(heard).toEqual(['é' + 'x'.repeat(length - 2)]);
  });

  it('arrives between what is sent before and after it, in one write with what the same turn brings', async () => {
    const corked: number[] = [];
    outgoing.send('1');
    sendInPieces('2', 'a');
    corked.push(stream.writableCorked);
    outgoing.send('3');
    sendInPieces('4', 'b');
    corked.push(stream.writableCorked);
    await expect.poll(() => heard).toEqual(['1', '2a', '3', '4b']);
    sendInPieces('5', 'c');
    corked.push(stream.writableCorked);
    await expect.poll(() => heard).toEqual(['1', '2a', '3', '4b', '5c']);
    expect(corked).toEqual([1, 1, 1]);
  });

  it('is counted in what waits for the client until it has left', async () => {
    expect(outgoing.hasRoom).toBe(true);
    sendInPieces('', 'x'.repeat(2 * 1024 * 1024));
    expect(outgoing.hasRoom).toBe(false);
    await expect.poll(() => outgoing.hasRoom).toBe(true);
  });

  it('is not sent after the close frame, which follows what came before', async () => {
    sendInPieces('last', '');
    server.close(4403, 'the token is revoked');
    sendInPieces('too', ' late');
    expect((await once(client, 'close'))[0]).toBe(4403);
    expect(heard).toEqual(['last']);
  });

  it('harms nobody when the client has gone in the meantime', async () => {
    sendInPieces('for', ' nobody');
    server.terminate();
    sendInPieces('nor', ' this');
    await once(client, 'close');
    expect(heard.length).toBeLessThanOrEqual(1);
  });
});
