import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { Kind } from './protocol.ts';

/**
 * Clients that cost as little as possible, because they share the machine with what is measured: plain TCP, frames counted and not
 * opened.
 */
export class Clients {
  /** Messages of subscriptions that have come in, of all clients. */
  delivered = 0;
  readonly #sockets: Socket[] = [];

  get size(): number {
    return this.#sockets.length;
  }

  /** One more client with one subscription, or none; resolves when the server has accepted it. */
  async add(kind: Kind, port: number, query: string | undefined): Promise<void> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#sockets.push(socket);
    await (kind.endsWith('sse') ? this.#streamEvents(socket, query ?? '') : this.#speak(socket, query));
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #speak(socket: Socket, query: string | undefined): Promise<void> {
    socket.write(
      'GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
    );
    return new Promise((resolve, reject) => {
      let rest: Buffer = Buffer.alloc(0);
      let stage: 'UPGRADE' | 'INIT' | 'OPEN' = 'UPGRADE';
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the server closed the socket')));
      socket.on('data', (chunk: Buffer) => {
        let data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
        if (stage === 'UPGRADE') {
          const end = data.indexOf('\r\n\r\n');
          if (end < 0) return void (rest = data);
          data = data.subarray(end + 4);
          stage = 'INIT';
          socket.write(frame(1, '{"type":"connection_init","payload":{"authorization":"Bearer bench"}}'));
        }
        let at = 0;
        while (data.length - at >= 2) {
          const short = data[at + 1];
          const head = short === 126 ? 4 : short === 127 ? 10 : 2;
          if (data.length - at < head) break;
          const length = short === 126 ? data.readUInt16BE(at + 2) : short === 127 ? Number(data.readBigUInt64BE(at + 2)) : short;
          if (data.length - at < head + length) break;
          const opcode = data[at] & 15;
          if (opcode === 9) socket.write(frame(10, ''));
          else if (opcode === 8) socket.destroy();
          else if (stage === 'OPEN') this.delivered += 1;
          else {
            stage = 'OPEN';
            if (query !== undefined)
              socket.write(frame(1, JSON.stringify({ id: randomUUID(), type: 'subscribe', payload: { query } })));
            resolve();
          }
          at += head + length;
        }
        rest = data.subarray(at);
      });
    });
  }

  #streamEvents(socket: Socket, query: string): Promise<void> {
    const body = JSON.stringify({ query });
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\nAuthorization: Bearer bench\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    return new Promise((resolve, reject) => {
      let tail: Buffer = Buffer.alloc(0);
      socket.on('error', reject);
      socket.on('data', (chunk: Buffer) => {
        const data = Buffer.concat([tail, chunk]);
        for (let at = data.indexOf('data: {'); at >= 0; at = data.indexOf('data: {', at + 7)) this.delivered += 1;
        tail = data.subarray(Math.max(0, data.length - 6));
        resolve();
      });
    });
  }
}

/** A client's frame, masked with zeros as the protocol allows. */
function frame(opcode: number, text: string): Buffer {
  const payload = Buffer.from(text);
  const head = payload.length < 126 ? Buffer.alloc(6) : Buffer.alloc(8);
  head[0] = 0x80 | opcode;
  if (payload.length < 126) head[1] = 0x80 | payload.length;
  else {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(payload.length, 2);
  }
  return Buffer.concat([head, payload]);
}
