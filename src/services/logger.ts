import { type Logger, pino } from 'pino';
import pinoPretty from 'pino-pretty';

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
 * What stands under a secret's name is replaced before it is written.
 * @param options.level pino's levels, or `silent`
 * @param options.destination where lines go instead of standard output, as JSON
 * @param options.pretty text for people instead of JSON for machines
 */
export function createLogger(options: { level: string; pretty: boolean; destination?: { write(line: string): void } }): Logger {
  const redact = { paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[redacted]' };
  const { level, destination } = options;
  if (destination) return pino({ level, redact }, destination);
  if (!options.pretty) return pino({ level, redact });
  return pino(
    { level: options.level, redact },
    pinoPretty({ colorize: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' }),
  );
}
