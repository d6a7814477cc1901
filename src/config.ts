import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';

/** Where the operator keeps master keys. */
export interface MasterKeySource {
  /** The variable that names it. */
  readonly variable: string;
  readonly kind: 'TEXT' | 'FILE' | 'COMMAND';
  /** The keys themselves, a path, or a command that prints them. */
  readonly value: string;
}

/** Everything that the environment decides, read once, checked, frozen. */
export interface Config {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string;
  /** Where the database file, the secret and backups lie. */
  readonly dataFolder: string;
  /** Where the operator's own strategies lie; `required` when the folder was named, so that it has to be there. */
  readonly strategies: { readonly folder: string; readonly required: boolean };
  /** What this process does; others on the same PostgreSQL may do the same or the rest. */
  readonly roles: ReadonlySet<Role>;
  /** Undefined where processes find news in the database only. */
  readonly redisUrl: string | undefined;
  /** Undefined in development until the composition root has made or read one. */
  readonly secret: string | undefined;
  /** Master keys beside the one that follows from the secret; undefined when there are none. */
  readonly masterKeys: MasterKeySource | undefined;
  readonly demo: 'auto' | 'off';
  readonly signup: 'open' | 'closed' | 'auto';
  readonly logLevel: string;
  /** Whether the schema may be explored: GraphiQL is served, introspection is answered. */
  readonly graphiql: boolean;
  /** How many days events are kept for streams to go on from. */
  readonly eventDays: number;
  /** How many days the lines of people's logs are kept. */
  readonly logDays: number;
  /** Lets its bearer read /metrics from anywhere; undefined: only this machine may. */
  readonly metricsToken: string | undefined;
  /** Origins of web pages that may use the API, beside the server's own. */
  readonly origins: readonly string[];
  /** How fast the simulated market's time runs: simulated seconds per second. */
  readonly simSpeed: number;
  /** What the columns of stored candles may take in memory; 0 keeps none. */
  readonly candleCacheBytes: number;
}

/** What a process does: answers clients, runs bots, works on jobs. */
export const roles = ['api', 'runner', 'worker'] as const;
export type Role = (typeof roles)[number];

/** The start is impossible with this environment; the message is for the person who set it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const origin = /^https?:\/\/[^/\s]+$/;

const port = 'a whole number from 0 to 65535 (0 picks a free port)';
const cacheSize = 'a whole number of MiB from 0 to 65536 (0 keeps no candles in memory)';
const days = z
  .string()
  .regex(/^\d{1,4}$/, 'a whole number of days from 1 to 3650')
  .transform(Number)
  .refine((value) => value >= 1 && value <= 3650, 'a whole number of days from 1 to 3650');

const environment = z.object({
  // `prod` would have begun with a demo account and open sign-up.
  NODE_ENV: z.enum(['development', 'test', 'production'], 'development, test or production').optional(),
  // The port that the README and the examples speak of.
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, port)
    .transform(Number)
    .refine((value) => value <= 65_535, port)
    .default(4000),
  // Only this machine, until somebody decides to open the server to others.
  HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:-]+$/, 'a host name or address such as 127.0.0.1 or 0.0.0.0')
    .default('127.0.0.1'),
  // A file: nothing to install.
  DATABASE_URL: z
    .string()
    .regex(/^(sqlite:.+|postgres(ql)?:\/\/.+)$/, 'sqlite:./path/to/file.db or postgres://user:password@host:port/database')
    .default('sqlite:./data/candlewick.db'),
  // One process does everything, until there are more of them.
  CANDLEWICK_ROLES: z
    .string()
    .default(roles.join())
    .transform((text) => [...new Set(text.split(',').map((role) => role.trim()))])
    .pipe(z.array(z.enum(roles, `some of ${roles.join(', ')}, separated by commas`))),
  // Wake-ups between processes, and their queue of jobs.
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/.+$/, 'redis://[user:password@]host:port[/database], or rediss:// with TLS')
    .optional(),
  CANDLEWICK_SECRET: z.string().min(32, 'at least 32 characters, such as `openssl rand -hex 32` prints').optional(),
  // Version and key, such as `2:9f86…`, one a line or separated by commas; in the variable, in a file, or printed by a command.
  CANDLEWICK_MASTER_KEYS: z.string().optional(),
  CANDLEWICK_MASTER_KEYS_FILE: z.string().optional(),
  CANDLEWICK_MASTER_KEYS_COMMAND: z.string().optional(),
  // `auto`: a demo account and bots when the database is new, outside production.
  CANDLEWICK_DEMO: z.enum(['auto', 'off'], 'auto or off').default('auto'),
  // `auto`: open in development; in production only the first account can be made.
  CANDLEWICK_SIGNUP: z.enum(['auto', 'open', 'closed'], 'auto, open or closed').default('auto'),
  // A client that was away for a season is served a snapshot rather than a season.
  CANDLEWICK_EVENT_DAYS: days.default(90),
  // What happened last month is found here; what happened before that, in the ledger.
  CANDLEWICK_LOG_DAYS: days.default(30),
  // Without it, the numbers of /metrics are for this machine only.
  CANDLEWICK_METRICS_TOKEN: z
    .string()
    .regex(/^\S{16,}$/, 'at least 16 characters without spaces, such as `openssl rand -hex 16` prints')
    .optional(),
  CANDLEWICK_GRAPHIQL: z.enum(['on', 'off'], 'on or off').default('on'),
  CANDLEWICK_ORIGINS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    )
    .refine(
      (list) => list.every((item) => origin.test(item)),
      'a comma-separated list of origins such as https://app.example.com',
    ),
  // A minute candle closes every second, so that a newcomer sees bots trade within seconds.
  CANDLEWICK_SIM_SPEED: z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'a number from 1 to 3600')
    .transform(Number)
    .refine((value) => value >= 1 && value <= 3600, 'a number from 1 to 3600')
    .default(60),
  // Backtests of the same candles read them once: the default holds ten years of minutes of one market.
  CANDLEWICK_CANDLE_CACHE_MIB: z
    .string()
    .regex(/^\d{1,5}$/, cacheSize)
    .transform(Number)
    .refine((value) => value <= 65_536, cacheSize)
    .default(256),
  // TypeScript and JavaScript modules; beside the database file unless it is said.
  CANDLEWICK_STRATEGIES: z
    .string()
    .refine(
      (value) => value.trim() !== '' && !value.includes('\0') && !value.includes('://'),
      'a path of a folder, such as ./strategies',
    )
    .optional(),
  LOG_LEVEL: z.enum(logLevels, logLevels.join(', ')).default('info'),
});

/**
 * Reads the environment. An empty variable counts as not set.
 * @throws ConfigError with one sentence that names the variable, the value and what is allowed
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = String(issue.path[0]);
    throw new ConfigError(`${name} is ${shown(name, given[name])}; it must be ${issue.message}`);
  }
  const values = parsed.data;
  const production = values.NODE_ENV === 'production';
  if (production && values.CANDLEWICK_SECRET === undefined)
    throw new ConfigError(
      'CANDLEWICK_SECRET is not set; in production it must be at least 32 characters, such as `openssl rand -hex 32` prints',
    );
  const alone = values.DATABASE_URL.startsWith('sqlite:');
  if (alone && values.CANDLEWICK_ROLES.length < roles.length)
    throw new ConfigError(
      `CANDLEWICK_ROLES is "${given['CANDLEWICK_ROLES']}"; with SQLite it must be ${roles.join()}: the file belongs to one process, set DATABASE_URL to a PostgreSQL for more`,
    );
  if (alone && values.REDIS_URL !== undefined)
    throw new ConfigError(
      'REDIS_URL is set, and the database is a SQLite file, which belongs to one process: set DATABASE_URL to a PostgreSQL, or leave REDIS_URL out',
    );
  const dataFolder = dataFolderOf(values.DATABASE_URL);
  const strategies = values.CANDLEWICK_STRATEGIES;
  return Object.freeze({
    production,
    host: values.HOST,
    port: values.PORT,
    databaseUrl: values.DATABASE_URL,
    dataFolder,
    roles: new Set(values.CANDLEWICK_ROLES),
    redisUrl: values.REDIS_URL,
    strategies: { folder: resolve(strategies ?? join(dataFolder, 'strategies')), required: strategies !== undefined },
    secret: values.CANDLEWICK_SECRET,
    masterKeys: masterKeySource(values),
    demo: values.CANDLEWICK_DEMO,
    signup: values.CANDLEWICK_SIGNUP,
    eventDays: values.CANDLEWICK_EVENT_DAYS,
    logDays: values.CANDLEWICK_LOG_DAYS,
    metricsToken: values.CANDLEWICK_METRICS_TOKEN,
    graphiql: values.CANDLEWICK_GRAPHIQL === 'on',
    logLevel: values.LOG_LEVEL,
    origins: values.CANDLEWICK_ORIGINS,
    simSpeed: values.CANDLEWICK_SIM_SPEED,
    candleCacheBytes: values.CANDLEWICK_CANDLE_CACHE_MIB * 2 ** 20,
  });
}

const masterKeyVariables = {
  CANDLEWICK_MASTER_KEYS: 'TEXT',
  CANDLEWICK_MASTER_KEYS_FILE: 'FILE',
  CANDLEWICK_MASTER_KEYS_COMMAND: 'COMMAND',
} as const;

function masterKeySource(
  values: Partial<Record<keyof typeof masterKeyVariables, string | undefined>>,
): MasterKeySource | undefined {
  const given = Object.entries(masterKeyVariables).flatMap(([variable, kind]) => {
    const value = values[variable as keyof typeof masterKeyVariables];
    return value === undefined ? [] : [{ variable, kind, value }];
  });
  if (given.length > 1)
    throw new ConfigError(`${given.map(({ variable }) => variable).join(' and ')} are both set; it must be one of them`);
  const [source] = given;
  return source && Object.freeze(source);
}

function dataFolderOf(url: string): string {
  const file = /^sqlite:(?!:memory:)(.+)$/.exec(url)?.[1];
  return file === undefined ? resolve('data') : dirname(resolve(file));
}

/** A secret or a database's password is never repeated. */
function shown(name: string, value: unknown): string {
  if (typeof value !== 'string') return 'not set';
  if (['CANDLEWICK_SECRET', 'CANDLEWICK_MASTER_KEYS', 'CANDLEWICK_METRICS_TOKEN'].includes(name))
    return `${value.length} characters long`;
  return `"${value.replace(/:\/\/([^:@/]*):[^@/]*@/, '://$1:…@')}"`;
}
