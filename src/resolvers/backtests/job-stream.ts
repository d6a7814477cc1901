import { Arg, ID, Resolver, Root, Subscription } from 'type-graphql';
import { hasEnded } from '../../services/backtests/views.ts';
import { DomainError } from '../../services/errors.ts';
import { endable } from '../../services/events/endable.ts';
import type { EventHub } from '../../services/events/hub.ts';
import type { StreamItem } from '../../services/events/stream.ts';
import type { Viewer } from '../../services/viewer.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { type IdPrefix, parseGlobalId } from '../ids.ts';
import { resolverOf } from '../resolver-of.ts';
import { Job } from './job.ts';

/** One kind of job, by the prefix of its ids. */
export interface JobKind {
  /** How the job stands now. @throws DomainError NOT_FOUND when it is missing or somebody else's */
  get(viewer: Viewer, uuid: string, path: readonly string[]): Promise<Job>;
  /** How it stood when its progress was told. @param payload of the event JOB_PROGRESSED */
  at(viewer: Viewer, uuid: string, payload: unknown): Promise<Job>;
}

/** Progress of jobs, pushed. */
@Resolver()
export class JobStreamResolver {
  readonly #kinds: ReadonlyMap<IdPrefix, JobKind>;
  readonly #hub: Pick<EventHub, 'stream'>;

  constructor(kinds: ReadonlyMap<IdPrefix, JobKind>, hub: Pick<EventHub, 'stream'>) {
    this.#kinds = kinds;
    this.#hub = hub;
  }

  @Subscription(() => Job, {
    description:
      'A job of yours: how it stands now, then each change, in order and none left out; completes when the job has ended. The last push has the result.',
    subscribe: ({ args, context, info }) => resolverOf(info.schema, JobStreamResolver).open((args as { id: string }).id, context),
  })
  jobProgressed(
    @Root() job: Job,
    @Arg('id', () => ID, { description: 'The id of a job, such as a bt_ or cfe_ id.' }) _id: string,
  ): Job {
    return job;
  }

  /** Opens the stream behind one subscription. @throws DomainError NOT_FOUND when the job is missing or somebody else's */
  async open(id: string, context: RequestContext): Promise<AsyncIterableIterator<Job>> {
    const viewer = viewerOf(context);
    const { kind, uuid } = this.#kindOf(id);
    await kind.get(viewer, uuid, ['id']);
    const items = await this.#hub.stream<Job>({
      userId: viewer.userId,
      start: 'SNAPSHOT',
      wants: (event) => event.type === 'JOB_PROGRESSED' && event.subjects.jobId === uuid,
      snapshot: async () => [await kind.get(viewer, uuid, ['id'])],
    });
    // The stream behind is left when this one is, whatever it waits for.
    return endable(steps(items, kind, viewer, uuid), () => void items.return?.());
  }

  #kindOf(id: string): { kind: JobKind; uuid: string } {
    const parsed = parseGlobalId(id);
    const kind = parsed && this.#kinds.get(parsed.prefix);
    if (parsed && kind) return { kind, uuid: parsed.uuid };
    const prefixes = [...this.#kinds.keys()].map((prefix) => `${prefix}_`).join(' or ');
    const got = /^([a-z]+)_/.exec(id)?.[0].slice(0, 20) ?? `"${id.slice(0, 40)}"`;
    throw new DomainError('INVALID', `expected a ${prefixes} id, got ${got}`, { path: ['id'] });
  }
}

/** How a job stands, until it has ended; what a snapshot told already is not told again. */
async function* steps(
  items: AsyncIterable<StreamItem<Job>>,
  kind: JobKind,
  viewer: Viewer,
  uuid: string,
): AsyncGenerator<Job, undefined, undefined> {
  let version = 0;
  for await (const item of items) {
    const job =
      item.kind === 'SNAPSHOT' ? item.item : item.kind === 'EVENT' ? await kind.at(viewer, uuid, item.event.payload) : undefined;
    if (!job || job.version <= version) continue;
    version = job.version;
    yield job;
    if (hasEnded(job.status)) return undefined;
  }
  return undefined;
}
