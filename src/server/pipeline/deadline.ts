import { DomainError } from '../../services/errors.ts';

/** An operation's time: aborts its signal when it is up or the client has gone. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #ms: number;
  #expire: ((error: Error) => void) | undefined;
  readonly signal: AbortSignal;

  constructor(ms: number, gone: AbortSignal) {
    this.#ms = ms;
    this.signal = AbortSignal.any([this.#controller.signal, gone]);
    this.#timer = setTimeout(() => {
      const error = new DomainError('TIMEOUT', `the operation ran longer than ${this.#ms} ms and was stopped`);
      this.#controller.abort(error);
      this.#expire?.(error);
    }, ms);
  }

  /** The outcome of the work, unless time is up before. */
  race<T>(work: T | Promise<T>): T | Promise<T> {
    if (!(work instanceof Promise)) return work;
    return new Promise((resolve, reject) => {
      this.#expire = reject;
      work.then(resolve, reject);
    });
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
