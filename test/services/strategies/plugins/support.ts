import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder of plugins: file names and their sources. Each test has one of its own, because a module is loaded only once. */
export function pluginFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'candlewick-plugins-'));
  folders.push(folder);
  for (const [name, source] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), source);
  }
  return folder;
}

/** The source of a plugin in JavaScript; `parts` replace the fields of an honest strategy, as source text. */
export function pluginSource(parts: Readonly<Record<string, string | undefined>> = {}): string {
  const fields: Record<string, string | undefined> = {
    name: "'above-average'",
    description: "'Long above the average.'",
    parameters: "{ period: { type: 'INTEGER', description: 'Period of the average.', default: 10, min: 2, max: 200, step: 1 } }",
    indicators: '({ period }) => ({ average: indicators.sma(period) })',
    lookBack: '1',
    signals: `({ candles: { close }, columns: { average } }) => (from, to, out) => {
    for (let i = from; i < to; i++) out[i] = close[i] > average[i] ? Signal.ENTER_LONG : Signal.EXIT_LONG;
  }`,
    ...parts,
  };
  const body = Object.entries(fields).flatMap(([name, text]) => (text === undefined ? [] : [`  ${name}: ${text},`]));
  return `export default ({ indicators, Signal, Decision, ParameterError }) => ({\n${body.join('\n')}\n});\n`;
}
