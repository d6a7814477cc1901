import type { FormattedExecutionResult } from 'graphql';

/**
 * The answers to each event of a source, one after the other. An async generator would not do: its `return` waits for the step that
 * is under way, which for a quiet source may be never, so a client that leaves would leave its source open.
 * @param answer executes one event
 * @param refuse makes the last answer when the stream itself fails, as a slow consumer's does, or an event takes too long
 */
export function pushes(
  source: AsyncIterable<unknown>,
  answer: (payload: unknown) => Promise<FormattedExecutionResult>,
  refuse: (error: unknown) => FormattedExecutionResult,
): AsyncIterableIterator<FormattedExecutionResult> {
  const events = source[Symbol.asyncIterator]();
  let ended = false;
  const end: IteratorResult<FormattedExecutionResult> = { value: undefined, done: true };
  return {
    next: async () => {
      if (ended) return end;
      try {
        const step = await events.next();
        if (step.done || ended) return end;
        return { value: await answer(step.value), done: false };
      } catch (error) {
        ended = true;
        void events.return?.();
        return { value: refuse(error), done: false };
      }
    },
    return: async () => {
      ended = true;
      await events.return?.();
      return end;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/**
 * Counts an iterator as long as it is open.
 * @param change called with 1 now, and with −1 once it has ended or was left
 */
export function counted<T>(items: AsyncIterableIterator<T>, change: (by: 1 | -1) => void): AsyncIterableIterator<T> {
  let isOpen = true;
  const close = (): void => {
    if (isOpen) change(-1);
    isOpen = false;
  };
  change(1);
  return {
    async next() {
      const step = await items.next();
      if (step.done) close();
      return step;
    },
    async return() {
      close();
      await items.return?.();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
