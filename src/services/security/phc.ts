/** How much work one argon2id hash is: memory in KiB, passes over it, lanes. */
export interface Argon2Cost {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** One stored password: its cost, salt and tag. */
export interface PasswordRecord extends Argon2Cost {
  readonly salt: Buffer;
  readonly tag: Buffer;
}

const format = /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,4}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/**
 * Writes the PHC string (`$argon2id$v=19$m=…,t=…,p=…$salt$tag`, base64 without padding) that other argon2 libraries read too.
 * Format: https://github.com/P-H-C/phc-string-format
 */
export function formatPhc({ memoryKiB, passes, parallelism, salt, tag }: PasswordRecord): string {
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`;
}

/** Reads a PHC string, or gives null when it is not one of argon2id version 19. */
export function parsePhc(text: string): PasswordRecord | null {
  const [, memory, passes, parallelism, salt, tag] = format.exec(text) ?? [];
  if (memory === undefined || salt === undefined || tag === undefined) return null;
  return {
    memoryKiB: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
