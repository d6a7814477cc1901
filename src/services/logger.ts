import { type Logger, pino } from 'pino';
import pinoPretty from 'pino-pretty';
import { withoutKnownSecrets } from './redact.ts';

export type { Logger } from 'pino';

/** Names under which a secret may turn up in anything that is logged, at the top or one or two levels down. */
const secretKeys = [
  'password',
  'newPassword',
  'currentPassword',
  'passwordHash',
  'token',
  'accessToken',
  'refreshToken',
  'tokenHash',
  'secret',
  'apiKey',
  'authorization',
  'cookie',
  'passphrase',
];

/**
 * The program's log: one JSON object a line, or coloured text when a person watches a terminal.
 * What stands under a secret's name is replaced before it is written, and so are secrets that were opened, wherever they turn up.
 * @param options.level pino's levels, or `silent`
 * @param options.destination where lines go instead of standard output, as JSON
 * @param options.pretty text for people instead of JSON for machines
 */
export function createLogger(options: { level: string; pretty: boolean; destination?: { write(line: string): void } }): Logger {
  const redact = { paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[redacted]' };
  const { level, destination } = options;
  const settings = { level, redact, hooks: { streamWrite: withoutKnownSecrets } };
  if (destination) return pino(settings, destination);
  if (!options.pretty) return pino(settings);
  return pino(settings, pinoPretty({ colorize: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' }));
}
