import { DomainError } from '../../services/errors.ts';

/** An operation's time: aborts its signal when it is up or the client has gone. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #ms: number;
  readonly #gone: AbortSignal;
  // AbortSignal.any would cost more than executing a pushed candle does.
  readonly #leave = (): void => this.#controller.abort(this.#gone.reason);
  #expire: ((error: Error) => void) | undefined;

  constructor(ms: number, gone: AbortSignal) {
    this.#ms = ms;
    this.#gone = gone;
    if (gone.aborted) this.#leave();
    else gone.addEventListener('abort', this.#leave, { once: true });
    this.#timer = setTimeout(() => {
      const error = new DomainError('TIMEOUT', `the operation ran longer than ${this.#ms} ms and was stopped`);
      this.#controller.abort(error);
      this.#expire?.(error);
    }, ms);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
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
    this.#gone.removeEventListener('abort', this.#leave);
  }
}
