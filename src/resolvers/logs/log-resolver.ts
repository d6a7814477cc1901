import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { BotList } from '../../services/bots/bot-list.ts';
import type { LogBook } from '../../services/logs/log-book.ts';
import { loadBot } from '../bots/bot-loader.ts';
import { Bot } from '../bots/types.ts';
import { PageView } from '../connection.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import type { NodeLoader } from '../node.ts';
import { LogArgs, logCondition } from './inputs.ts';
import { LogEntry, LogEntryConnection, logEntryOf } from './types.ts';

/** What bots and jobs had to say. */
@Resolver(() => LogEntry)
export class LogResolver {
  readonly #logs: LogBook;
  readonly #bots: BotList;

  constructor(logs: LogBook, bots: BotList) {
    this.#logs = logs;
    this.#bots = bots;
  }

  @Query(() => LogEntryConnection, {
    description: 'What your bots and jobs had to say, newest first; kept for 30 days unless told otherwise.',
  })
  async logs(
    @Args(() => LogArgs) { filter, jobId, ...page }: LogArgs,
    @Ctx() context: RequestContext,
  ): Promise<PageView<unknown, LogEntry>> {
    const viewer = viewerOf(context);
    const where = logCondition({ filter, jobId });
    return new PageView(await this.#logs.page(viewer, page, where), logEntryOf, () => this.#logs.count(viewer, where));
  }

  @FieldResolver(() => Bot, { nullable: true, description: 'The bot that it is about; null: none.' })
  bot(@Root() { view }: LogEntry, @Ctx() context: RequestContext): Promise<Bot | null> {
    return loadBot(this.#bots, view.botId, context);
  }
}

/** How lines are refetched by id. */
export function logNodes(logs: LogBook): [['log', NodeLoader]] {
  return [['log', async (viewer, ids) => [...(await logs.byIds(viewer, ids)).values()].map(logEntryOf)]];
}
