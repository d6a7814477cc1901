import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { KillSwitchDrill } from '../../services/bots/kill-switch-drill.ts';
import type { KillSwitchService } from '../../services/bots/kill-switch-service.ts';
import type { RiskLimitService } from '../../services/risk/risk-limit-service.ts';
import { PageArgs, PageView } from '../connection.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { fromGlobalId, type IdPrefix, toGlobalId } from '../ids.ts';
import type { NodeLoader } from '../node.ts';
import { mutation } from '../payload.ts';
import { drillBotOf } from './drill-types.ts';
import {
  ActivateKillSwitchInput,
  CreateRiskLimitInput,
  DeleteRiskLimitInput,
  DrillKillSwitchInput,
  RefusedOrderArgs,
  ReleaseKillSwitchInput,
  ReleaseRiskLimitInput,
  UpdateRiskLimitInput,
} from './inputs.ts';
import {
  ActivateKillSwitchPayload,
  CreateRiskLimitPayload,
  DeleteRiskLimitPayload,
  DrillKillSwitchPayload,
  ReleaseKillSwitchPayload,
  ReleaseRiskLimitPayload,
  UpdateRiskLimitPayload,
} from './payloads.ts';
import {
  type KillSwitch,
  KillSwitchConnection,
  killSwitchOf,
  type RefusedOrder,
  RefusedOrderConnection,
  refusedOrderOf,
  RiskLimit,
  RiskLimitConnection,
  riskLimitOf,
} from './types.ts';

const input = { description: 'What the mutation needs.' };
const uuidOf = (id: string): string => fromGlobalId('lim', id, ['input', 'id']);

function optionalId(prefix: IdPrefix, id: string | null | undefined, path: readonly string[]): string | null {
  return id === null || id === undefined ? null : fromGlobalId(prefix, id, path);
}

/** Risk: limits, what they have refused, and the kill switch. */
@Resolver()
export class RiskResolver {
  readonly #limits: RiskLimitService;
  readonly #switches: KillSwitchService;
  readonly #drill: KillSwitchDrill;

  constructor(limits: RiskLimitService, switches: KillSwitchService, drill: KillSwitchDrill) {
    this.#limits = limits;
    this.#switches = switches;
    this.#drill = drill;
  }

  @Query(() => RiskLimitConnection, { description: 'Your risk limits, newest first.' })
  async riskLimits(@Args(() => PageArgs) page: PageArgs, @Ctx() context: RequestContext): Promise<PageView<unknown, RiskLimit>> {
    const viewer = viewerOf(context);
    return new PageView(await this.#limits.page(viewer, page), riskLimitOf, () => this.#limits.count(viewer));
  }

  @Query(() => RiskLimit, { nullable: true, description: 'A risk limit of yours; null when there is none with this id.' })
  async riskLimit(
    @Arg('id', () => ID, { description: 'A lim_ id.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<RiskLimit | null> {
    const uuid = fromGlobalId('lim', id, ['id']);
    const found = (await this.#limits.byIds(viewerOf(context), [uuid])).get(uuid);
    return found ? riskLimitOf(found) : null;
  }

  @Query(() => RefusedOrderConnection, {
    description: 'Entries that were wanted and not made, with the limits that forbade them, newest first.',
  })
  async refusedOrders(
    @Args(() => RefusedOrderArgs) { botId, ...page }: RefusedOrderArgs,
    @Ctx() context: RequestContext,
  ): Promise<PageView<unknown, RefusedOrder>> {
    const viewer = viewerOf(context);
    const bot = optionalId('bot', botId, ['botId']) ?? undefined;
    const rows = await this.#limits.refusedPage(viewer, page, bot);
    return new PageView(rows, refusedOrderOf, () => this.#limits.refusedCount(viewer, bot));
  }

  @Query(() => KillSwitchConnection, {
    description: 'Halts that you have called, those that stand and those released, newest first.',
  })
  async killSwitches(
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: RequestContext,
  ): Promise<PageView<unknown, KillSwitch>> {
    const viewer = viewerOf(context);
    return new PageView(await this.#switches.page(viewer, page), killSwitchOf, () => this.#switches.count(viewer));
  }

  @Mutation(() => CreateRiskLimitPayload, { description: 'Makes a risk limit. It counts from the next entry on.' })
  createRiskLimit(
    @Arg('input', () => CreateRiskLimitInput, input) limit: CreateRiskLimitInput,
    @Ctx() context: RequestContext,
  ): Promise<CreateRiskLimitPayload> {
    return mutation(CreateRiskLimitPayload, async () => {
      const botId = optionalId('bot', limit.botId, ['input', 'botId']);
      const strategyId = optionalId('str', limit.strategyId, ['input', 'strategyId']);
      return { riskLimit: riskLimitOf(await this.#limits.create(viewerOf(context), { ...limit, botId, strategyId })) };
    });
  }

  @Mutation(() => UpdateRiskLimitPayload, { description: 'Changes a risk limit that does not halt.' })
  updateRiskLimit(
    @Arg('input', () => UpdateRiskLimitInput, input) { id, expectedVersion, patch }: UpdateRiskLimitInput,
    @Ctx() context: RequestContext,
  ): Promise<UpdateRiskLimitPayload> {
    return mutation(UpdateRiskLimitPayload, async () => {
      const changed = await this.#limits.update(viewerOf(context), { id: uuidOf(id), expectedVersion, patch });
      return { riskLimit: riskLimitOf(changed) };
    });
  }

  @Mutation(() => ReleaseRiskLimitPayload, {
    description: 'Lets a limit that halts go, with a reason: entries may be made again, and its counting begins anew.',
  })
  releaseRiskLimit(
    @Arg('input', () => ReleaseRiskLimitInput, input) { id, reason, expectedVersion }: ReleaseRiskLimitInput,
    @Ctx() context: RequestContext,
  ): Promise<ReleaseRiskLimitPayload> {
    return mutation(ReleaseRiskLimitPayload, async () => {
      return { riskLimit: riskLimitOf(await this.#limits.release(viewerOf(context), uuidOf(id), reason, expectedVersion)) };
    });
  }

  @Mutation(() => DeleteRiskLimitPayload, { description: 'Deletes a risk limit that does not halt.' })
  deleteRiskLimit(
    @Arg('input', () => DeleteRiskLimitInput, input) { id, expectedVersion }: DeleteRiskLimitInput,
    @Ctx() context: RequestContext,
  ): Promise<DeleteRiskLimitPayload> {
    return mutation(DeleteRiskLimitPayload, async () => {
      return { deletedId: toGlobalId('lim', await this.#limits.delete(viewerOf(context), uuidOf(id), expectedVersion)) };
    });
  }

  @Mutation(() => ActivateKillSwitchPayload, {
    description:
      'Halts all your bots, or one: nothing is entered, entries are taken back, positions are closed, as its mode says. It stands until it is released.',
  })
  activateKillSwitch(
    @Arg('input', () => ActivateKillSwitchInput, input) { mode, reason, botId }: ActivateKillSwitchInput,
    @Ctx() context: RequestContext,
  ): Promise<ActivateKillSwitchPayload> {
    return mutation(ActivateKillSwitchPayload, async () => {
      const bot = optionalId('bot', botId, ['input', 'botId']);
      return { killSwitch: killSwitchOf(await this.#switches.activate(viewerOf(context), { mode, reason, botId: bot })) };
    });
  }

  @Mutation(() => ReleaseKillSwitchPayload, { description: 'Lets what a kill switch has halted go on, with a reason.' })
  releaseKillSwitch(
    @Arg('input', () => ReleaseKillSwitchInput, input) { reason, botId }: ReleaseKillSwitchInput,
    @Ctx() context: RequestContext,
  ): Promise<ReleaseKillSwitchPayload> {
    return mutation(ReleaseKillSwitchPayload, async () => {
      const bot = optionalId('bot', botId, ['input', 'botId']);
      return { killSwitch: killSwitchOf(await this.#switches.release(viewerOf(context), reason, bot)) };
    });
  }

  @Mutation(() => DrillKillSwitchPayload, {
    description:
      'Calls the kill switch over your PAPER bots that run, or one of them, to see that it works, and releases it again: what was blocked, cancelled and closed, and how soon. Their paper positions are closed; nothing LIVE is touched.',
  })
  drillKillSwitch(
    @Arg('input', () => DrillKillSwitchInput, input) { reason, botId }: DrillKillSwitchInput,
    @Ctx() context: RequestContext,
  ): Promise<DrillKillSwitchPayload> {
    return mutation(DrillKillSwitchPayload, async () => {
      const bot = optionalId('bot', botId, ['input', 'botId']);
      const { startedAt, endedAt, bots } = await this.#drill.run(viewerOf(context), { reason, botId: bot });
      const isPassed = bots.every(({ steps }) => steps.every(({ milliseconds }) => milliseconds !== null));
      return { drill: { startedAt, endedAt, isPassed, bots: bots.map(drillBotOf) } };
    });
  }
}

/** How limits, refusals and halts are refetched by id. */
export function riskNodes(limits: RiskLimitService, switches: KillSwitchService): [IdPrefix, NodeLoader][] {
  return [
    ['lim', async (viewer, ids) => [...(await limits.byIds(viewer, ids)).values()].map(riskLimitOf)],
    ['ref', async (viewer, ids) => [...(await limits.refusedByIds(viewer, ids)).values()].map(refusedOrderOf)],
    ['kill', async (viewer, ids) => [...(await switches.byIds(viewer, ids)).values()].map(killSwitchOf)],
  ];
}
