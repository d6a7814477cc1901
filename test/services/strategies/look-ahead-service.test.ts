import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LookAheadService } from '../../../src/services/strategies/look-ahead-service.ts';
import { loadPlugin } from '../../../src/services/strategies/plugins/load.ts';
import { Role } from '../../../src/entities/identity/scope.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { bindStrategy } from '../../../src/trading/strategy.ts';
import { closesOf } from '../../trading/support/builders.ts';
import { pluginFolder, pluginSource } from './plugins/support.ts';

const candles = closesOf(Array.from({ length: 100 }, (_, i) => 100 + (i % 13)));
const market = { exchange: 'sim', symbol: 'BTC/USDT' };
const input = { market, timeframe: 'H1', from: new Date('2025-01-01'), to: new Date('2025-01-05') } as const;
const viewer = (userId: string): Viewer => ({ userId, role: Role.TRADER, scopes: [] });
const [ann, bob] = [viewer('ann'), viewer('bob')];

/** Checks of one plugin, and its folder. */
async function checksOf(source: (folder: string) => string, deadlineMs: number) {
  const folder = pluginFolder({});
  const file = 'mine.mjs';
  writeFileSync(join(folder, file), source(folder));
  const { definition, sha256 } = await loadPlugin({ folder, file });
  const chosen = { bound: bindStrategy(definition, {}), thread: { kind: 'PLUGIN', plugin: { folder, file, sha256 } } } as const;
  const service = new LookAheadService(
    {
      strategies: { choose: () => Promise.resolve(chosen) } as unknown as ConstructorParameters<
        typeof LookAheadService
      >[0]['strategies'],
      markets: { market: () => Promise.resolve(market) },
      candles: { load: () => Promise.resolve({ candles }) },
    },
    deadlineMs,
  );
  return { service, folder };
}

it('a check that never ends is stopped at its deadline, and its owner may check again', async () => {
  const { service } = await checksOf(() => pluginSource({ signals: '() => () => { for (;;); }' }), 300);
  for (let i = 0; i < 2; i++)
    await expect(service.check(ann, input)).rejects.toMatchObject({
      code: 'INVALID',
      message: 'the check was stopped: it took longer than the 0.3 seconds that one job may take',
    });
});

it('a check that takes its time holds up nobody else; one at a time of each person', async () => {
  // The first check says that it has begun and goes on when it is told to; the others find the gate open.
  const source = (folder: string): string =>
    `import { existsSync, writeFileSync } from 'node:fs';\n${pluginSource({
      signals: `({ candles: { close } }) => {
    if (!existsSync('${folder}/begun')) {
      writeFileSync('${folder}/begun', '');
      while (!existsSync('${folder}/go'));
    }
    return (from, to, out) => { for (let i = from; i < to; i++) out[i] = close[i] > close[i - 1] ? Signal.ENTER_LONG : Signal.EXIT_LONG; };
  }`,
    })}`;
  const { service, folder } = await checksOf(source, 600_000);
  const first = service.check(ann, input);
  await expect.poll(() => existsSync(join(folder, 'begun')), { timeout: 60_000 }).toBe(true);
  await expect(service.check(ann, input)).rejects.toMatchObject({
    code: 'THROTTLED',
    message: 'a check of yours is running, one at a time: wait for it',
  });
  expect((await service.check(bob, input)).passed).toBe(true);
  writeFileSync(join(folder, 'go'), '');
  expect((await first).passed).toBe(true);
  expect((await service.check(ann, input)).passed).toBe(true);
});
