import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Gate } from './gate.ts';
import { type Argon2Cost, type PasswordRecord, formatPhc, parsePhc } from './phc.ts';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane; 30 to 90 ms on the machines that this was measured on. */
export const defaultCost: Argon2Cost = { memoryKiB: 19_456, passes: 2, parallelism: 1 };

const saltBytes = 16;
const tagBytes = 32;

export interface PasswordCheck {
  readonly matches: boolean;
  /** True when the password is right but was hashed with less work than is asked for today: store a new hash. */
  readonly outdated: boolean;
}

/** Hashes and checks passwords with argon2id, on the thread pool, a few at a time. */
export class Passwords {
  readonly #cost: Argon2Cost;
  readonly #gate: Gate;
  readonly #nobody: PasswordRecord;

  constructor(options: { cost?: Argon2Cost; running?: number; waiting?: number } = {}) {
    this.#cost = options.cost ?? defaultCost;
    // One core stays free for the event loop; two hashes at most, because the pool's four threads serve files and DNS as well.
    const running = options.running ?? Math.max(1, Math.min(2, availableParallelism() - 1));
    this.#gate = new Gate({ running, waiting: options.waiting ?? 64 });
    this.#nobody = { ...this.#cost, salt: randomBytes(saltBytes), tag: randomBytes(tagBytes) };
  }

  /** A PHC string for a new password. @throws DomainError THROTTLED when too many are being hashed */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(saltBytes);
    const tag = await this.#derive(password, { ...this.#cost, salt, tag: Buffer.alloc(tagBytes) });
    return formatPhc({ ...this.#cost, salt, tag });
  }

  /**
   * Compares in constant time. Without a stored hash (an address nobody has) it works just as long and never matches, so that the
   * time of an answer tells nothing.
   * @throws DomainError THROTTLED when too many are being hashed
   */
  async check(password: string, stored: string | null): Promise<PasswordCheck> {
    const known = stored === null ? null : parsePhc(stored);
    const record = known ?? this.#nobody;
    const tag = await this.#derive(password, record);
    const matches = timingSafeEqual(tag, record.tag) && known !== null;
    return { matches, outdated: matches && this.#isWeaker(record) };
  }

  #isWeaker(record: Argon2Cost): boolean {
    const { memoryKiB, passes, parallelism } = this.#cost;
    return record.memoryKiB < memoryKiB || record.passes < passes || record.parallelism < parallelism;
  }

  /** The same characters typed on another system may come composed differently: NFKC makes them one, as NIST SP 800-63B asks. */
  #derive(
    password: string,
    { memoryKiB: memory, passes, parallelism, salt, tag }: Argon2Cost & { salt: Buffer; tag: Buffer },
  ): Promise<Buffer> {
    const parameters = { message: password.normalize('NFKC'), nonce: salt, memory, passes, parallelism, tagLength: tag.length };
    return this.#gate.run(
      () =>
        new Promise((resolve, reject) => {
          argon2('argon2id', parameters, (error, derived) => (error ? reject(error) : resolve(derived)));
        }),
    );
  }
}
