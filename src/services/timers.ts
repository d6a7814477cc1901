/** Ends what it was given for; calling it again does nothing. */
export type Cancel = () => void;

/** Where waiting comes from: the process's own timers, or those of a simulation, in which time passes when it is told to. */
export interface Timers {
  /** Calls back once, so many milliseconds from now. */
  after(ms: number, callback: () => void): Cancel;
  /** Calls back every so many milliseconds; does not keep the process alive. */
  every(ms: number, callback: () => void): Cancel;
  /** Milliseconds since some moment; unlike the clock it never goes back. */
  elapsed(): number;
}

export const systemTimers: Timers = {
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  every: (ms, callback) => {
    const timer = setInterval(callback, ms).unref();
    return () => clearInterval(timer);
  },
  elapsed: () => performance.now(),
};

/**
 * Lets time pass.
 * @throws the signal's reason when it is aborted before the time is over
 */
export function pause(timers: Timers, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      cancel();
      reject(signal.reason as Error);
    };
    const cancel = timers.after(ms, () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
