/**
 * An async generator whose `return` is heard even while a step is pending: a generator alone would finish that step first, which
 * for a quiet stream may be never.
 * @param onEnd called once, when the reader leaves, or the generator ends or throws; it must settle whatever the generator waits for
 */
export function endable<T>(items: AsyncGenerator<T, undefined, undefined>, onEnd: () => void): AsyncIterableIterator<T> {
  let ended = false;
  const end = (): void => {
    if (!ended) onEnd();
    ended = true;
  };
  return {
    async next() {
      try {
        const step = await items.next();
        if (step.done) end();
        return step;
      } catch (error) {
        end();
        throw error;
      }
    },
    return() {
      end();
      return items.return(undefined);
    },
    throw(error: unknown) {
      end();
      return items.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
