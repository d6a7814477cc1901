import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The floors of the house, top to bottom: a file may import its own floor's folder and anything below. */
const floors: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['entry', /^src\/(main|cli)\.ts$|^src\/cli\//],
  ['app', /^src\/app\.ts$|^src\/app\//],
  ['server', /^src\/server\//],
  ['resolvers', /^src\/resolvers\//],
  [
    'capabilities',
    /^src\/services\/(api-keys|bots|orders|backtests|optimizations|strategies|market-data|portfolio|risk|reconciliation|alerts|logs|users|maintenance|demo)\//,
  ],
  ['gateways', /^src\/services\/(bus|database|exchanges|events|jobs|notifications|security)\//],
  ['shared words', /^src\/services\/[\w-]+\.ts$|^src\/config\.ts$/],
  ['migrations', /^src\/migrations\//],
  ['entities', /^src\/entities\//],
  ['trading', /^src\/trading\//],
];

/** Which packages belong to which part of the house, and to no other. */
const packageHomes: readonly (readonly [pkg: RegExp, home: RegExp])[] = [
  [/^ccxt/, /^src\/services\/exchanges\//],
  [/^type-graphql/, /^src\/(resolvers|entities)\//],
  [/^(express|@apollo\/server|@as-integrations|ws|graphql-ws|graphql-sse|prom-client)/, /^src\/server\//],
  [/^@mikro-orm/, /^src\/(entities|migrations|services)\//],
  [/^(ioredis|bullmq)/, /^src\/services\/(bus|jobs)\//],
  [/^(commander|cli-progress)/, /^src\/cli(\.ts|\/)/],
];

/** Capabilities that may use others on their floor. */
const neighbours: Record<string, readonly string[]> = {
  bots: ['orders', 'risk', 'portfolio', 'strategies', 'market-data', 'reconciliation'],
  reconciliation: ['orders'],
  portfolio: ['orders'],
};

const files = globSync('src/**/*.ts');
const floorOf = (file: string): number => floors.findIndex(([, pattern]) => pattern.test(file));
const folderOf = (file: string): string => file.split('/')[2] ?? '';

function importsOf(file: string): string[] {
  const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

const edges = files.flatMap((file) =>
  importsOf(file).map((target) => ({ file, target: target.startsWith('.') ? normalize(join(dirname(file), target)) : target })),
);

describe('the house', () => {
  it('has a floor for every source file', () => {
    expect(files.filter((file) => floorOf(file) < 0)).toEqual([]);
  });

  it('imports only downwards', () => {
    const upwards = edges.filter(({ file, target }) => target.startsWith('src/') && floorOf(target) < floorOf(file));
    expect(upwards).toEqual([]);
  });

  it('keeps capabilities apart, except those a bot is made of', () => {
    const sideways = edges.filter(({ file, target }) => {
      if (!target.startsWith('src/') || floors[floorOf(file)]?.[0] !== 'capabilities' || floorOf(file) !== floorOf(target))
        return false;
      return folderOf(file) !== folderOf(target) && !neighbours[folderOf(file)]?.includes(folderOf(target));
    });
    expect(sideways).toEqual([]);
  });

  it('keeps gateways apart; all of them may store', () => {
    const sideways = edges.filter(({ file, target }) => {
      if (!target.startsWith('src/') || floors[floorOf(file)]?.[0] !== 'gateways' || floorOf(file) !== floorOf(target))
        return false;
      return folderOf(file) !== folderOf(target) && folderOf(target) !== 'database';
    });
    expect(sideways).toEqual([]);
  });

  it('lets each outside package in through one door', () => {
    const strays = edges.filter(({ file, target }) => packageHomes.some(([pkg, home]) => pkg.test(target) && !home.test(file)));
    expect(strays).toEqual([]);
  });

  it('keeps the trading core pure', () => {
    const outside = edges.filter(
      ({ file, target }) => file.startsWith('src/trading/') && !target.startsWith('src/trading/') && target !== 'decimal.js',
    );
    expect(outside).toEqual([]);
    const impure = files
      .filter((file) => file.startsWith('src/trading/'))
      .filter((file) =>
        /Date\.now|new Date\(\)|Math\.random|process\.|\basync\b|\bawait\b/.test(
          readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''),
        ),
      );
    expect(impure).toEqual([]);
  });

  it('reads the environment at its edge only', () => {
    const readers = files.filter((file) => /process\.env/.test(readFileSync(file, 'utf8')));
    expect(readers.filter((file) => !/^src\/(main|cli|app|config)\.ts$|^src\/cli\//.test(file))).toEqual([]);
  });
});
