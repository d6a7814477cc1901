import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pieceBytes, socketServer } from './support/socket-server.ts';

const mebibyte = 1024 * 1024;
let world: Awaited<ReturnType<typeof socketServer>>;
beforeAll(async () => {
  world = await socketServer({ pingMs: 400 });
});
afterAll(async () => {
  world.hub.close();
  await world.server.close(500);
});

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;
function bytesInUse(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Streams that were asked for so far, with those that are open of the log. */
const opened = (): number => world.opened() + world.hub.load.streams;

/** A client that asks for a stream and from then on reads nothing. */
async function stalled(query: string): Promise<{ socket: Socket; read: () => () => string }> {
  const { port } = new URL(world.url);
  const before = opened();
  const socket = connect({ port: Number(port), host: '127.0.0.1' });
  socket.on('error', () => {});
  const body = JSON.stringify({ query });
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\nAuthorization: Bearer stalled\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await new Promise((resolve) => socket.once('data', resolve));
  socket.pause();
  await expect.poll(opened).toBeGreaterThan(before);
  return {
    socket,
    read: () => {
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString('latin1'))).resume();
      return () => text;
    },
  };
}

/** Nobody listens any more: the next subscription opens a source of its own. */
afterEach(async () => {
  await expect.poll(() => world.source()?.isLeft ?? true).toBe(true);
});

describe('a stream of events that is not read', () => {
  it('costs 3 MiB of market data at the most, misses nothing but what newer values replaced, and catches up', async () => {
    const before = bytesInUse();
    const { socket, read } = await stalled('subscription { ticked { value text } }');
    // 1,000 values of 64 KiB, every hundredth to be kept.
    for (let value = 1; value <= 1000; value++) {
      world.source().tell({ value, isClosed: value % 100 === 0 });
      if (value % 10 === 0) await turn();
    }
    await turn();
    await expect.poll(() => bytesInUse() - before - 10 * pieceBytes).toBeLessThan(3 * mebibyte);
    const text = read();
    await expect.poll(() => text().includes('"value":1000')).toBe(true);
    const values = [...text().matchAll(/"value":(\d+)/g)].map(([, value]) => Number(value));
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(values.length).toBeLessThan(500);
    expect(values.filter((value) => value % 100 === 0)).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
    socket.destroy();
  });

  it('costs a lossless one 2 MiB at the most, and is told where to go on', async () => {
    const before = bytesInUse();
    const { socket, read } = await stalled('subscription { lossless { value text } }');
    for (let count = 1; count <= 300; count++) {
      world.publish();
      await turn();
    }
    // The log of this test is in memory too.
    await expect.poll(() => bytesInUse() - before).toBeLessThan(2 * mebibyte + 300 * 2048);
    const text = read();
    await expect.poll(() => text().includes('event: complete')).toBe(true);
    expect(text()).toMatch(/"code":"SLOW_CONSUMER".*"cursor":"[\w-]+"/);
    socket.destroy();
  });

  it('is cut off when it has not read for a while', async () => {
    const { socket } = await stalled('subscription { ticked { value text } }');
    for (let value = 1; value <= 200; value++) {
      world.source().tell({ value });
      if (value % 10 === 0) await turn();
    }
    await expect.poll(() => world.server.viewers().length).toBe(0);
    socket.destroy();
  });
});
