import type { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
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

/** Streams that were asked for so far, with those that are open of the log. */
const opened = (): number => world.opened() + world.hub.load.streams;

/** A client that asks and from then on reads nothing. */
async function stalled(...messages: object[]): Promise<Socket> {
  const { socket } = await upgradeByHand(world.url);
  socket.write(textFrame(JSON.stringify(init('stalled'))));
  await new Promise((resolve) => socket.once('data', resolve));
  const before = opened();
  for (const message of messages) socket.write(textFrame(JSON.stringify(message)));
  socket.pause();
  if (JSON.stringify(messages).includes('subscription')) await expect.poll(opened).toBeGreaterThan(before);
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

/** Nobody listens any more: the next subscription opens a source of its own. */
afterEach(async () => {
  await expect.poll(() => world.source()?.isLeft ?? true).toBe(true);
});

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
    // What nobody holds any more is given back a little after the collector has run.
    await expect.poll(() => bytesInUse() - before - kept).toBeLessThan(3 * mebibyte);

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
    // Nobody is left to tell anything to, although the socket is still there.
    await expect.poll(() => source.isLeft).toBe(true);
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
    await expect.poll(() => bytesInUse() - before).toBeLessThan(2 * mebibyte + 300 * 2048);
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
    await expect.poll(() => bytesInUse() - before).toBeLessThan(12 * mebibyte);
    let completed = 0;
    socket.on('data', (chunk) => (completed += chunk.toString('latin1').split('"type":"complete"').length - 1));
    socket.resume();
    await expect.poll(() => completed).toBeGreaterThanOrEqual(89);
    socket.destroy();
  });

  it('delays nobody else', async () => {
    const before = world.opened();
    const reader = await healthy(ticked);
    await expect.poll(() => world.opened()).toBeGreaterThan(before);
    const source = world.source();
    let heard = 0;
    reader.socket.on('message', (data: Buffer) => (heard = Number(/"value":(\d+)/.exec(data.toString())?.[1])));
    /** Turns of the event loop that most values take to their reader: unlike time, they are the same on a busy machine. */
    const turnsToArrive = async (): Promise<number> => {
      const taken: number[] = [];
      for (let value = 1; value <= 200; value++) {
        source.tell({ value });
        let turns = 0;
        for (; heard !== value && turns < 1_000_000; turns++) await turn();
        taken.push(turns);
      }
      return taken.toSorted((a, b) => a - b)[100];
    };
    const alone = await turnsToArrive();
    // The second one opens a source of its own, which tells that the first one has been heard.
    const socket = await stalled(subscribe('1', ticked), subscribe('2', 'subscription { ticked(symbol: "x") { value } }'));
    const together = await turnsToArrive();
    expect(together).toBeLessThan(2 * alone + 10);
    socket.destroy();
    reader.socket.close();
  });
});
