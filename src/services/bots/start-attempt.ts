import { ReconciliationError } from '../reconciliation/reconciliation-error.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { isTaken } from './lease.ts';

/** Nobody wants to know any more what an exchange answers to a bot that was just being started. */
export class CutShortError extends Error {
  override readonly name = 'CutShortError';

  constructor() {
    super('the bot or its process was stopped before the exchange had answered');
  }
}

/** One attempt to bring a bot to run. Until the bot has recovered it has sent nothing, so that nobody has to wait for what its exchange answers. */
export class StartAttempt {
  readonly userId: string;
  /** Begun in order to stop the bot: another stop has nothing to cut short. */
  readonly #isStopping: boolean;
  readonly #controller = new AbortController();
  /** Absent as long as its account is being opened. */
  runner: { readonly isRecovering: boolean } | undefined;

  constructor(userId: string, isStopping: boolean) {
    this.userId = userId;
    this.#isStopping = isStopping;
  }

  /** Aborted when it is cut short. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The process ends. A bot that has recovered finishes what it is doing. */
  cut(): void {
    if (this.runner?.isRecovering ?? true) this.#controller.abort(new CutShortError());
  }

  /** Why it failed: whatever an attempt that was cut short fails with comes of that, unless it has found out something about the books. */
  reasonFor(error: unknown): unknown {
    return this.signal.aborted && !(error instanceof ReconciliationError) && !isTaken(error) ? this.signal.reason : error;
  }

  /** The bot is to stop. */
  cutForStop(): void {
    if (!this.#isStopping) this.cut();
  }
}

/** The same object, of which no answer is waited for once the signal is aborted; it can be closed all the same. */
export function answersUnlessAborted<T extends object>(target: T, signal: AbortSignal): T {
  return new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key, object);
      if (typeof value !== 'function') return value;
      if (key === 'close') return value.bind(object);
      return (...args: unknown[]): unknown => {
        const answer: unknown = value.apply(object, args);
        return answer instanceof Promise ? unlessAborted(answer, signal) : answer;
      };
    },
  });
}
