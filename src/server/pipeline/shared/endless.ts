/**
 * An iterator that yields nothing: it only ends. Whoever writes to a socket by itself gives it to a transport that wants to iterate.
 * @param onLeave called once, when the transport leaves
 */
export function endless(onLeave: () => void): { readonly iterator: AsyncIterableIterator<never>; readonly end: () => void } {
  const done: IteratorResult<never> = { value: undefined, done: true };
  const { promise, resolve } = Promise.withResolvers<IteratorResult<never>>();
  const end = (): void => resolve(done);
  return {
    end,
    iterator: {
      next: () => promise,
      return() {
        onLeave();
        end();
        return promise;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    },
  };
}
