import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { BotList } from '../../services/bots/bot-list.ts';
import type { BotService } from '../../services/bots/bot-service.ts';
import type { BotRequests } from '../../services/bots/bot-requests.ts';
import type { LedgerLists } from '../../services/orders/ledger-list.ts';
import { TradingMode } from '../../trading/bot.ts';
import { PageView } from '../connection.ts';
import type { Viewer } from '../../services/viewer.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { fromGlobalId, toGlobalId } from '../ids.ts';
import { marketReferenceOf } from '../market-data/market-ref.ts';
import { type Order, orderOf } from '../orders/order.ts';
import { positionOf } from '../orders/position.ts';
import { mutation } from '../payload.ts';
import { DeleteBotInput, PauseBotInput, ResumeBotInput, StartBotInput, StopBotInput } from './command-inputs.ts';
import { botCondition, BotListArgs, botSort } from './list-args.ts';
import { CancelOrderInput, ClosePositionInput, PlaceOrderInput } from './order-inputs.ts';
import {
  CancelOrderPayload,
  ClosePositionPayload,
  CreateBotPayload,
  DeleteBotPayload,
  PauseBotPayload,
  PlaceOrderPayload,
  ResumeBotPayload,
  StartBotPayload,
  StopBotPayload,
  UpdateBotPayload,
} from './payloads.ts';
import { CreateBotInput, UpdateBotInput } from './terms-inputs.ts';
import { Bot, BotConnection, botOf } from './types.ts';

const input = { description: 'What the mutation needs.' };
const idPath = ['input', 'id'];
const keyIdOf = (id: string | null | undefined, path: readonly string[]): string | null | undefined =>
  typeof id === 'string' ? fromGlobalId('key', id, path) : id;

/** Bots: looked at, made, changed, started, paused, stopped. */
@Resolver()
export class BotResolver {
  readonly #bots: BotService;
  readonly #list: BotList;
  readonly #requests: BotRequests;
  readonly #lists: LedgerLists;

  constructor(bots: BotService, list: BotList, requests: BotRequests, lists: LedgerLists) {
    this.#bots = bots;
    this.#list = list;
    this.#requests = requests;
    this.#lists = lists;
  }

  @Query(() => BotConnection, { description: 'Your bots.' })
  async bots(
    @Args(() => BotListArgs) { filter, orderBy, ...page }: BotListArgs,
    @Ctx() context: RequestContext,
  ): Promise<PageView<unknown, Bot>> {
    const viewer = viewerOf(context);
    const where = botCondition(filter);
    const rows = await this.#list.page(viewer, page, { where, orderBy: botSort(orderBy) });
    return new PageView(rows, botOf, () => this.#list.count(viewer, where));
  }

  @Query(() => Bot, { nullable: true, description: 'A bot of yours; null when there is none with this id.' })
  async bot(@Arg('id', () => ID, { description: 'A bot_ id.' }) id: string, @Ctx() context: RequestContext): Promise<Bot | null> {
    const uuid = fromGlobalId('bot', id, ['id']);
    const view = (await this.#list.byIds(viewerOf(context), [uuid])).get(uuid);
    return view ? botOf(view) : null;
  }

  @Mutation(() => CreateBotPayload, { description: 'Makes a bot. It is STOPPED until it is started.' })
  createBot(
    @Arg('input', () => CreateBotInput, input) bot: CreateBotInput,
    @Ctx() context: RequestContext,
  ): Promise<CreateBotPayload> {
    return mutation(CreateBotPayload, async () => {
      const strategyId = fromGlobalId('str', bot.strategyId, ['input', 'strategyId']);
      const market = marketReferenceOf(bot.market, ['input', 'market']);
      const apiKeyId = keyIdOf(bot.apiKeyId, ['input', 'apiKeyId']);
      const mode = bot.mode ?? TradingMode.PAPER;
      return { bot: botOf(await this.#bots.create(viewerOf(context), { ...bot, mode, strategyId, market, apiKeyId })) };
    });
  }

  @Mutation(() => UpdateBotPayload, { description: 'Changes a bot that does not run.' })
  updateBot(
    @Arg('input', () => UpdateBotInput, input) { id, expectedVersion, patch }: UpdateBotInput,
    @Ctx() context: RequestContext,
  ): Promise<UpdateBotPayload> {
    return mutation(UpdateBotPayload, async () => {
      const changes = { ...patch, apiKeyId: keyIdOf(patch.apiKeyId, ['input', 'patch', 'apiKeyId']) };
      const uuid = fromGlobalId('bot', id, idPath);
      return { bot: botOf(await this.#bots.update(viewerOf(context), { id: uuid, expectedVersion, patch: changes })) };
    });
  }

  @Mutation(() => DeleteBotPayload, {
    description: 'Deletes a bot that is STOPPED and holds nothing. Its orders, trades and results stay.',
  })
  deleteBot(
    @Arg('input', () => DeleteBotInput, input) { id, expectedVersion }: DeleteBotInput,
    @Ctx() context: RequestContext,
  ): Promise<DeleteBotPayload> {
    return mutation(DeleteBotPayload, async () => {
      const deleted = await this.#bots.delete(viewerOf(context), fromGlobalId('bot', id, idPath), expectedVersion);
      return { deletedId: toGlobalId('bot', deleted) };
    });
  }

  @Mutation(() => StartBotPayload, { description: 'STOPPED or ERROR → STARTING. It reconciles, then it is RUNNING.' })
  startBot(
    @Arg('input', () => StartBotInput, input) { id, expectedVersion }: StartBotInput,
    @Ctx() context: RequestContext,
  ): Promise<StartBotPayload> {
    return mutation(StartBotPayload, async () => {
      return { bot: botOf(await this.#bots.start(viewerOf(context), fromGlobalId('bot', id, idPath), expectedVersion)) };
    });
  }

  @Mutation(() => PauseBotPayload, { description: 'RUNNING → PAUSED: its position is looked after, none is opened.' })
  pauseBot(
    @Arg('input', () => PauseBotInput, input) { id }: PauseBotInput,
    @Ctx() context: RequestContext,
  ): Promise<PauseBotPayload> {
    return mutation(PauseBotPayload, async () => {
      return { bot: botOf(await this.#bots.pause(viewerOf(context), fromGlobalId('bot', id, idPath))) };
    });
  }

  @Mutation(() => ResumeBotPayload, { description: 'PAUSED → RUNNING.' })
  resumeBot(
    @Arg('input', () => ResumeBotInput, input) { id }: ResumeBotInput,
    @Ctx() context: RequestContext,
  ): Promise<ResumeBotPayload> {
    return mutation(ResumeBotPayload, async () => {
      return { bot: botOf(await this.#bots.resume(viewerOf(context), fromGlobalId('bot', id, idPath))) };
    });
  }

  @Mutation(() => StopBotPayload, { description: 'On the way to STOPPED, with or without closing its position.' })
  stopBot(
    @Arg('input', () => StopBotInput, input) { id, closePosition }: StopBotInput,
    @Ctx() context: RequestContext,
  ): Promise<StopBotPayload> {
    return mutation(StopBotPayload, async () => {
      return { bot: botOf(await this.#bots.stop(viewerOf(context), fromGlobalId('bot', id, idPath), closePosition ?? false)) };
    });
  }

  @Mutation(() => ClosePositionPayload, { description: 'Closes a position of a running bot at the market.' })
  closePosition(
    @Arg('input', () => ClosePositionInput, input) { idempotencyKey, id }: ClosePositionInput,
    @Ctx() context: RequestContext,
  ): Promise<ClosePositionPayload> {
    return mutation(ClosePositionPayload, async () => {
      const viewer = viewerOf(context);
      const { positionId, orderId } = await this.#requests.close(viewer, { idempotencyKey, id: fromGlobalId('pos', id, idPath) });
      const position = (await this.#lists.positions.byIds(viewer, [positionId])).get(positionId);
      const order = orderId === null ? undefined : (await this.#lists.orders.byIds(viewer, [orderId])).get(orderId);
      return { position: position ? positionOf(position) : null, order: order ? orderOf(order) : null };
    });
  }

  @Mutation(() => PlaceOrderPayload, {
    description:
      'Places an order by hand, through a running bot with the strategy "manual": its ledger, limits and kill switch hold for it too.',
  })
  placeOrder(
    @Arg('input', () => PlaceOrderInput, input) order: PlaceOrderInput,
    @Ctx() context: RequestContext,
  ): Promise<PlaceOrderPayload> {
    return mutation(PlaceOrderPayload, async () => {
      const viewer = viewerOf(context);
      const botId = fromGlobalId('bot', order.botId, ['input', 'botId']);
      return { order: await this.#order(viewer, await this.#requests.place(viewer, { ...order, botId })) };
    });
  }

  @Mutation(() => CancelOrderPayload, {
    description: 'Takes back an open entry, or an order placed by hand. Stops, targets and exits of a bot are its own.',
  })
  cancelOrder(
    @Arg('input', () => CancelOrderInput, input) { idempotencyKey, id }: CancelOrderInput,
    @Ctx() context: RequestContext,
  ): Promise<CancelOrderPayload> {
    return mutation(CancelOrderPayload, async () => {
      const viewer = viewerOf(context);
      const orderId = await this.#requests.cancel(viewer, { idempotencyKey, id: fromGlobalId('ord', id, idPath) });
      return { order: await this.#order(viewer, orderId) };
    });
  }

  async #order(viewer: Viewer, id: string): Promise<Order | null> {
    const view = (await this.#lists.orders.byIds(viewer, [id])).get(id);
    return view ? orderOf(view) : null;
  }
}
