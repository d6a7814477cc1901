import { Arg, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { BacktestService } from '../../services/backtests/backtest-service.ts';
import { hasEnded, type JobProgress } from '../../services/backtests/views.ts';
import { endable } from '../../services/events/endable.ts';
import type { EventHub } from '../../services/events/hub.ts';
import type { StreamItem } from '../../services/events/stream.ts';
import type { Viewer } from '../../services/viewer.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { fromGlobalId } from '../ids.ts';
import { resolverOf } from '../resolver-of.ts';
import { Job } from './job.ts';
import { type Backtest, backtestAt, backtestOf } from './types.ts';

/** Progress of jobs, pushed. */
@Resolver()
export class JobStreamResolver {
  readonly #backtests: BacktestService;
  readonly #hub: Pick<EventHub, 'stream'>;

  constructor(backtests: BacktestService, hub: Pick<EventHub, 'stream'>) {
    this.#backtests = backtests;
    this.#hub = hub;
  }

  @Subscription(() => Job, {
    description:
      'A job of yours: how it stands now, then each change, in order and none left out; completes when the job has ended. The last push has the result.',
    subscribe: ({ args, context, info }) => resolverOf(info.schema, JobStreamResolver).open((args as { id: string }).id, context),
  })
  jobProgressed(@Root() job: Job, @Arg('id', () => ID, { description: 'The id of a job, such as a bt_ id.' }) _id: string): Job {
    return job;
  }

  /** Opens the stream behind one subscription. @throws DomainError NOT_FOUND when the job is missing or somebody else's */
  async open(id: string, context: RequestContext): Promise<AsyncIterableIterator<Backtest>> {
    const viewer = viewerOf(context);
    const uuid = fromGlobalId('bt', id, ['id']);
    await this.#backtests.get(viewer, uuid, ['id']);
    const items = await this.#hub.stream<Backtest>({
      userId: viewer.userId,
      start: 'SNAPSHOT',
      wants: (event) => event.type === 'JOB_PROGRESSED' && event.subjects.jobId === uuid,
      snapshot: async () => [backtestOf(await this.#backtests.get(viewer, uuid))],
    });
    // The stream behind is left when this one is, whatever it waits for.
    return endable(this.#steps(items, viewer, uuid), () => void items.return?.());
  }

  /** How the job stands, until it has ended; what a snapshot told already is not told again. */
  async *#steps(
    items: AsyncIterable<StreamItem<Backtest>>,
    viewer: Viewer,
    id: string,
  ): AsyncGenerator<Backtest, undefined, undefined> {
    let version = 0;
    for await (const item of items) {
      const job =
        item.kind === 'SNAPSHOT' ? item.item : item.kind === 'EVENT' ? await this.#at(viewer, id, item.event.payload) : undefined;
      if (!job || job.version <= version) continue;
      version = job.version;
      yield job;
      if (hasEnded(job.status)) return undefined;
    }
    return undefined;
  }

  async #at(viewer: Viewer, id: string, payload: unknown): Promise<Backtest> {
    return backtestAt(await this.#backtests.get(viewer, id), payload as JobProgress);
  }
}
