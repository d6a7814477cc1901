import type { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRaw, type Raw, subscribe, textFrame, upgradeByHand } from './support/raw-socket.ts';
import { pieceBytes, socketServer } from './support/socket-server.ts';

const mebibyte = 1024 * 1024;
let world: Awaited<ReturnType<typeof socketServer>>;
beforeAll(async () => {
  world = await socketServer();
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

const init = (who: string): object => ({ type: 'connection_init', payload: { authorization: `Bearer ${who}` } });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A client that asks and from then on reads nothing. */
async function stalled(...messages: object[]): Promise<Socket> {
  const { socket } = await upgradeByHand(world.url);
  socket.write(textFrame(JSON.stringify(init('stalled'))));
  await new Promise((resolve) => socket.once('data', resolve));
  for (const message of messages) socket.write(textFrame(JSON.stringify(message)));
  socket.pause();
  await pause(50);
  return socket;
}

async function healthy(query: string): Promise<Raw> {
  const raw = await openRaw(world.url);
  raw.send(init('healthy'));
  await raw.next('connection_ack');
  raw.send(subscribe('1', query));
  return raw;
}

const ticked = 'subscription { ticked { value sentAt text } }';

describe('a socket that does not read', () => {
  it('costs 3 MiB of market data at the most, misses nothing but what newer values replaced, and catches up', async () => {
    const before = bytesInUse();
    const socket = await stalled(subscribe('1', ticked));
    // 1,000 values of 64 KiB, every hundredth to be kept.
    for (let value = 1; value <= 1000; value++) {
      world.source().tell({ value, isClosed: value % 100 === 0 });
      if (value % 10 === 0) await turn();
    }
    await pause(50);
    const kept = 10 * pieceBytes;
    expect(bytesInUse() - before - kept).toBeLessThan(3 * mebibyte);

    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.resume();
    await expect.poll(() => text.includes('"value":1000')).toBe(true);
    const values = [...text.matchAll(/"value":(\d+)/g)].map(([, value]) => Number(value));
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(values.length).toBeLessThan(500);
    expect(values.filter((value) => value % 100 === 0)).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
    socket.destroy();
  });

  it('is told SLOW_CONSUMER when more waits that must not be left out than is kept', async () => {
    const socket = await stalled(subscribe('1', ticked));
    const source = world.source();
    let text = '';
    for (let value = 0; value < 800; value++) {
      source.tell({ value, isClosed: true });
      if (value % 10 === 0) await turn();
    }
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.resume();
    await expect.poll(() => text.includes('SLOW_CONSUMER')).toBe(true);
    await expect.poll(() => text.includes('"type":"complete"')).toBe(true);
    socket.destroy();
  });

  it('costs a lossless stream 2 MiB at the most, and is told where to go on', async () => {
    const before = bytesInUse();
    const socket = await stalled(subscribe('1', 'subscription { lossless { value text } }'));
    const reader = await healthy('subscription { lossless { value } }');
    let heard = 0;
    reader.socket.on(
      'message',
      (data: Buffer) => (heard = Math.max(heard, Number(/"value":(\d+)/.exec(data.toString())?.[1] ?? 0))),
    );
    for (let count = 1; count <= 300; count++) {
      world.publish();
      await turn();
    }
    await expect.poll(() => heard).toBe(300);
    // The log of this test is in memory too.
    expect(bytesInUse() - before).toBeLessThan(2 * mebibyte + 300 * 2048);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.resume();
    await expect.poll(() => /SLOW_CONSUMER/.test(text)).toBe(true);
    expect(text).toMatch(/"cursor":"[\w-]+"/);
    socket.destroy();
    reader.socket.close();
  });

  it('that asks and asks is not listened to until it reads, and then gets every answer', async () => {
    const before = bytesInUse();
    const questions = Array.from({ length: 90 }, (_, index) => subscribe(String(index), '{ large }'));
    const socket = await stalled(...questions);
    await pause(300);
    // 90 MiB were asked for.
    expect(bytesInUse() - before).toBeLessThan(12 * mebibyte);
    let completed = 0;
    socket.on('data', (chunk) => (completed += chunk.toString('latin1').split('"type":"complete"').length - 1));
    socket.resume();
    await expect.poll(() => completed, { timeout: 15_000 }).toBeGreaterThanOrEqual(89);
    socket.destroy();
  });

  it('delays nobody else', async () => {
    const reader = await healthy(ticked);
    await pause(50);
    const delays: number[] = [];
    reader.socket.on('message', (data: Buffer) =>
      delays.push(performance.now() - Number(/"sentAt":"([\d.]+)"/.exec(data.toString())?.[1])),
    );
    const p99 = async (): Promise<number> => {
      delays.length = 0;
      for (let value = 1; value <= 200; value++) {
        world.source().tell({ value, sentAt: String(performance.now()) } as never);
        await turn();
        await expect.poll(() => delays.length, { interval: 0 }).toBe(value);
      }
      return delays.toSorted((a, b) => a - b)[197];
    };
    const alone = await p99();
    const socket = await stalled(subscribe('1', ticked));
    const together = await p99();
    expect(together).toBeLessThan(5 * alone + 20);
    socket.destroy();
    reader.socket.close();
  });
});
