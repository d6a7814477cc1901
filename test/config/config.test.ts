import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config.ts';

describe('the environment', () => {
  it('may be empty', () => {
    expect(readConfig({})).toEqual({
      production: false,
      host: '127.0.0.1',
      port: 4000,
      databaseUrl: 'sqlite:./data/candlewick.db',
      dataFolder: resolve('data'),
      roles: new Set(['api', 'runner', 'worker']),
      redisUrl: undefined,
      strategies: { folder: resolve('data/strategies'), required: false },
      secret: undefined,
      masterKeys: undefined,
      demo: 'auto',
      eventDays: 90,
      logDays: 30,
      signup: 'auto',
      graphiql: true,
      logLevel: 'info',
      origins: [],
      simSpeed: 60,
      candleCacheBytes: 268_435_456,
    });
  });

  it('counts an empty variable as not set, and cannot be changed once read', () => {
    const config = readConfig({ PORT: '', LOG_LEVEL: '' });
    expect(config.port).toBe(4000);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it.each([
    [{ PORT: '0' }, { port: 0 }],
    [{ HOST: '0.0.0.0' }, { host: '0.0.0.0' }],
    [
      { DATABASE_URL: 'postgres://me:pw@db:5432/candlewick' },
      { databaseUrl: 'postgres://me:pw@db:5432/candlewick', dataFolder: resolve('data') },
    ],
    [{ DATABASE_URL: 'sqlite:/var/lib/candlewick/main.db' }, { dataFolder: '/var/lib/candlewick' }],
    [{ DATABASE_URL: 'sqlite:/var/lib/candlewick/main.db' }, { strategies: { folder: '/var/lib/candlewick/strategies' } }],
    [{ CANDLEWICK_STRATEGIES: './mine' }, { strategies: { folder: resolve('mine'), required: true } }],
    [{ CANDLEWICK_ROLES: 'worker, api, runner' }, { roles: new Set(['api', 'runner', 'worker']) }],
    [{ CANDLEWICK_ROLES: 'runner', DATABASE_URL: 'postgres://db/c' }, { roles: new Set(['runner']) }],
    [{ REDIS_URL: 'redis://cache:6379/1', DATABASE_URL: 'postgres://db/c' }, { redisUrl: 'redis://cache:6379/1' }],
    [{ CANDLEWICK_SECRET: 'x'.repeat(32) }, { secret: 'x'.repeat(32) }],
    [{ CANDLEWICK_MASTER_KEYS: '2:ab' }, { masterKeys: { variable: 'CANDLEWICK_MASTER_KEYS', kind: 'TEXT', value: '2:ab' } }],
    [{ CANDLEWICK_MASTER_KEYS_FILE: '/run/keys' }, { masterKeys: { kind: 'FILE', value: '/run/keys' } }],
    [{ CANDLEWICK_MASTER_KEYS_COMMAND: 'pass keys' }, { masterKeys: { kind: 'COMMAND', value: 'pass keys' } }],
    [{ CANDLEWICK_DEMO: 'off' }, { demo: 'off' }],
    [{ CANDLEWICK_SIGNUP: 'closed' }, { signup: 'closed' }],
    [
      { CANDLEWICK_ORIGINS: 'https://a.example, http://localhost:5173' },
      { origins: ['https://a.example', 'http://localhost:5173'] },
    ],
    [{ CANDLEWICK_SIM_SPEED: '1' }, { simSpeed: 1 }],
    [{ CANDLEWICK_CANDLE_CACHE_MIB: '0' }, { candleCacheBytes: 0 }],
    [{ CANDLEWICK_CANDLE_CACHE_MIB: '65536' }, { candleCacheBytes: 68_719_476_736 }],
    [{ CANDLEWICK_GRAPHIQL: 'off' }, { graphiql: false }],
    [{ CANDLEWICK_EVENT_DAYS: '7' }, { eventDays: 7 }],
    [{ CANDLEWICK_LOG_DAYS: '3' }, { logDays: 3 }],
    [{ CANDLEWICK_METRICS_TOKEN: 'a-token-for-machines' }, { metricsToken: 'a-token-for-machines' }],
    [{ LOG_LEVEL: 'silent' }, { logLevel: 'silent' }],
  ])('takes %o', (env, expected) => {
    expect(readConfig(env as Record<string, string>)).toMatchObject(expected);
  });

  it.each([
    [{ NODE_ENV: 'prod' }, 'NODE_ENV is "prod"; it must be development, test or production'],
    [{ PORT: 'http' }, 'PORT is "http"; it must be a whole number from 0 to 65535 (0 picks a free port)'],
    [{ PORT: '70000' }, 'PORT is "70000"; it must be a whole number from 0 to 65535 (0 picks a free port)'],
    [{ PORT: '-1' }, 'PORT is "-1"; it must be a whole number from 0 to 65535 (0 picks a free port)'],
    [{ HOST: 'a b' }, 'HOST is "a b"; it must be a host name or address such as 127.0.0.1 or 0.0.0.0'],
    [
      { DATABASE_URL: 'mysql://x' },
      'DATABASE_URL is "mysql://x"; it must be sqlite:./path/to/file.db or postgres://user:password@host:port/database',
    ],
    [
      { DATABASE_URL: 'mysql://me:hunter2@x/y' },
      'DATABASE_URL is "mysql://me:…@x/y"; it must be sqlite:./path/to/file.db or postgres://user:password@host:port/database',
    ],
    [
      { CANDLEWICK_ROLES: 'api' },
      'CANDLEWICK_ROLES is "api"; with SQLite it must be api,runner,worker: the file belongs to one process, set DATABASE_URL to a PostgreSQL for more',
    ],
    [
      { CANDLEWICK_ROLES: 'api,cook', DATABASE_URL: 'postgres://db/c' },
      'CANDLEWICK_ROLES is "api,cook"; it must be some of api, runner, worker, separated by commas',
    ],
    [
      { REDIS_URL: 'cache:6379', DATABASE_URL: 'postgres://db/c' },
      'REDIS_URL is "cache:6379"; it must be redis://[user:password@]host:port[/database], or rediss:// with TLS',
    ],
    [
      { REDIS_URL: 'redis://cache:6379' },
      'REDIS_URL is set, and the database is a SQLite file, which belongs to one process: set DATABASE_URL to a PostgreSQL, or leave REDIS_URL out',
    ],
    [
      { CANDLEWICK_SECRET: 'short' },
      'CANDLEWICK_SECRET is 5 characters long; it must be at least 32 characters, such as `openssl rand -hex 32` prints',
    ],
    [
      { CANDLEWICK_MASTER_KEYS: '2:ab', CANDLEWICK_MASTER_KEYS_FILE: '/run/keys' },
      'CANDLEWICK_MASTER_KEYS and CANDLEWICK_MASTER_KEYS_FILE are both set; it must be one of them',
    ],
    [{ CANDLEWICK_DEMO: 'yes' }, 'CANDLEWICK_DEMO is "yes"; it must be auto or off'],
    [{ CANDLEWICK_SIGNUP: 'invite' }, 'CANDLEWICK_SIGNUP is "invite"; it must be auto, open or closed'],
    [
      { CANDLEWICK_ORIGINS: 'example.com' },
      'CANDLEWICK_ORIGINS is "example.com"; it must be a comma-separated list of origins such as https://app.example.com',
    ],
    [{ CANDLEWICK_LOG_DAYS: '4000' }, 'CANDLEWICK_LOG_DAYS is "4000"; it must be a whole number of days from 1 to 3650'],
    [{ CANDLEWICK_EVENT_DAYS: '0' }, 'CANDLEWICK_EVENT_DAYS is "0"; it must be a whole number of days from 1 to 3650'],
    [
      { CANDLEWICK_METRICS_TOKEN: 'short' },
      'CANDLEWICK_METRICS_TOKEN is 5 characters long; it must be at least 16 characters without spaces, such as `openssl rand -hex 16` prints',
    ],
    [{ CANDLEWICK_GRAPHIQL: 'no' }, 'CANDLEWICK_GRAPHIQL is "no"; it must be on or off'],
    [{ CANDLEWICK_SIM_SPEED: '0' }, 'CANDLEWICK_SIM_SPEED is "0"; it must be a number from 1 to 3600'],
    [{ CANDLEWICK_SIM_SPEED: 'fast' }, 'CANDLEWICK_SIM_SPEED is "fast"; it must be a number from 1 to 3600'],
    [
      { CANDLEWICK_CANDLE_CACHE_MIB: '65537' },
      'CANDLEWICK_CANDLE_CACHE_MIB is "65537"; it must be a whole number of MiB from 0 to 65536 (0 keeps no candles in memory)',
    ],
    [
      { CANDLEWICK_CANDLE_CACHE_MIB: '1.5' },
      'CANDLEWICK_CANDLE_CACHE_MIB is "1.5"; it must be a whole number of MiB from 0 to 65536 (0 keeps no candles in memory)',
    ],
    [
      { CANDLEWICK_STRATEGIES: 'https://example.com/mine' },
      'CANDLEWICK_STRATEGIES is "https://example.com/mine"; it must be a path of a folder, such as ./strategies',
    ],
    [{ CANDLEWICK_STRATEGIES: ' ' }, 'CANDLEWICK_STRATEGIES is " "; it must be a path of a folder, such as ./strategies'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL is "loud"; it must be fatal, error, warn, info, debug, trace, silent'],
    [
      { NODE_ENV: 'production' },
      'CANDLEWICK_SECRET is not set; in production it must be at least 32 characters, such as `openssl rand -hex 32` prints',
    ],
  ])('refuses %o with one sentence', (env, message) => {
    expect(() => readConfig(env as Record<string, string>)).toThrow(new ConfigError(message));
  });
});
