import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { everyByte } from './same-bytes.ts';

const program = fileURLToPath(new URL('./same-bytes.ts', import.meta.url));

it('the same data, strategy and options give the same bytes here and in another process', async () => {
  const here = await everyByte();
  const { stdout } = await promisify(execFile)(process.execPath, [program, 'print'], { maxBuffer: 2 ** 26 });
  const [one, two] = JSON.parse(here) as { resultHash: string; trades: unknown[]; markets: unknown[] }[];
  expect([one.trades.length > 10, two.trades.length > 10, two.markets.length]).toEqual([true, true, 2]);
  expect(one.resultHash).not.toBe(two.resultHash);
  expect(stdout).toBe(here);
});
