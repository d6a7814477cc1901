import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { runCli } from '../../src/cli/program.ts';

/** What a command left behind. */
export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in this process. */
export async function cli(args: readonly string[], env: NodeJS.ProcessEnv = {}, isInteractive = false): Promise<CliRun> {
  let out = '';
  let err = '';
  const terminal = {
    out: (text: string) => void (out += text),
    // Plain lines of progress come only where the machine is slow: `terminal.test.ts` has them.
    err: (text: string) => void (err += /^[A-Z][a-z]+ +\d+ %\n$/.test(text) ? '' : text),
    isInteractive,
  };
  const code = await runCli(args, { terminal, env });
  return { code, out, err };
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'candlewick-cli-'));
  folders.push(folder);
  return folder;
}

const hour = 3_600_000;
export const start = Date.UTC(2024, 0, 1);

/** Hourly candles that wave around 100 so that averages cross: enough for trades. */
export function waveRows(count: number): number[][] {
  let close = 100;
  return Array.from({ length: count }, (_, i) => {
    const open = close;
    close = Math.round((100 + 10 * Math.sin(i / 9) + 3 * Math.sin(i / 2.3)) * 100) / 100;
    return [start + i * hour, open, Math.max(open, close) + 0.5, Math.min(open, close) - 0.5, close, 10 + (i % 7)];
  });
}

/** Writes candles as a CSV file and answers its path. */
export function csvOf(rows: readonly (readonly (number | string)[])[], name = 'candles.csv'): string {
  const file = join(tempFolder(), name);
  writeFileSync(file, `timestamp,open,high,low,close,volume\n${rows.map((row) => row.join(',')).join('\n')}\n`);
  return file;
}
