import type { FormattedExecutionResult } from 'graphql';
import type { Place, Sharing } from '../../../resolvers/shared.ts';
import { SharedEvent } from './event.ts';
import type { Group } from './group.ts';

const newestCounts: Place = { key: '', keep: false };
/** The last answer of a stream that failed: every member is told. */
const last: Place = { key: '', keep: true };

/**
 * Opens the one execution of a group and tells the group its answers until it ends or the signal aborts.
 * @throws whatever opening throws
 */
export async function tellGroup(
  group: Group,
  signal: AbortSignal,
  open: (onPayload: (payload: unknown) => void) => Promise<AsyncIterableIterator<FormattedExecutionResult>>,
  { place = () => newestCounts }: Sharing,
): Promise<void> {
  let current = last;
  const answers = await open((payload) => {
    current = place(payload);
  });
  const leave = (): void => void answers.return?.();
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) return leave();
  void (async () => {
    for await (const answer of answers) {
      group.tell(new SharedEvent(answer, 'data' in answer ? current : last));
      current = last;
    }
    group.end();
  })();
}
