import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as all from '../../src/entities/index.ts';

const files = globSync('src/entities/{identity,exchange,market,trading,portfolio,research,operations}/*.ts').filter((file) =>
  /^[A-Z]/.test(basename(file)),
);

describe('entities', () => {
  it('are one to a file, named after it, and all of them are stored', () => {
    const classes = files.filter((file) => readFileSync(file, 'utf8').includes('@Entity(')).map((file) => basename(file, '.ts'));
    expect(all.entities.map(({ name }) => name).sort()).toEqual(classes.sort());
  });

  it('know nothing of GraphQL', () => {
    expect(files.filter((file) => readFileSync(file, 'utf8').includes('type-graphql'))).toEqual([]);
  });
});

describe('the owner filter', () => {
  it('is switched off nowhere', () => {
    const sources = globSync('src/**/*.ts').filter((file) => /\bfilters\s*:\s*(false|\{)/.test(readFileSync(file, 'utf8')));
    expect(sources).toEqual([]);
  });

  it('is bound to everyone by the data layer only', () => {
    const sources = globSync('src/**/*.ts').filter((file) => /\beveryone\b.*owned\.ts'/.test(readFileSync(file, 'utf8')));
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.filter((file) => !file.startsWith('src/services/database/'))).toEqual([]);
  });

  it('is out of the reach of resolvers: they never ask for the system', () => {
    const sources = globSync('src/{resolvers,server}/**/*.ts');
    expect(sources.filter((file) => /\.(system|systemRows|kysely|transaction)\(/.test(readFileSync(file, 'utf8')))).toEqual([]);
  });
});
