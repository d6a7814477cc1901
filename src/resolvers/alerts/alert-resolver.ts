import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { AlertService } from '../../services/alerts/alert-service.ts';
import { PageArgs, PageView } from '../connection.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { fromGlobalId, type IdPrefix, toGlobalId } from '../ids.ts';
import type { NodeLoader } from '../node.ts';
import { mutation } from '../payload.ts';
import { conditionOf } from './condition-shape.ts';
import { AlertTriggerArgs, CreateAlertInput, DeleteAlertInput, UpdateAlertInput } from './inputs.ts';
import { CreateAlertPayload, DeleteAlertPayload, UpdateAlertPayload } from './payloads.ts';
import { Alert, AlertConnection, alertOf, type AlertTrigger, AlertTriggerConnection, alertTriggerOf } from './types.ts';

const input = { description: 'What the mutation needs.' };
const uuidOf = (id: string): string => fromGlobalId('alr', id, ['input', 'id']);

/** Alerts: made, changed, deleted, and when they came true. */
@Resolver()
export class AlertResolver {
  readonly #alerts: AlertService;

  constructor(alerts: AlertService) {
    this.#alerts = alerts;
  }

  @Query(() => AlertConnection, { description: 'Your alerts, newest first.' })
  async alerts(@Args(() => PageArgs) page: PageArgs, @Ctx() context: RequestContext): Promise<PageView<unknown, Alert>> {
    const viewer = viewerOf(context);
    return new PageView(await this.#alerts.page(viewer, page), alertOf, () => this.#alerts.count(viewer));
  }

  @Query(() => Alert, { nullable: true, description: 'An alert of yours; null when there is none with this id.' })
  async alert(
    @Arg('id', () => ID, { description: 'An alr_ id.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<Alert | null> {
    const uuid = fromGlobalId('alr', id, ['id']);
    const found = (await this.#alerts.byIds(viewerOf(context), [uuid])).get(uuid);
    return found ? alertOf(found) : null;
  }

  @Query(() => AlertTriggerConnection, {
    description: 'When your alerts came true, newest first; kept for 90 days unless told otherwise.',
  })
  async alertTriggers(
    @Args(() => AlertTriggerArgs) { alertId, botId, ...page }: AlertTriggerArgs,
    @Ctx() context: RequestContext,
  ): Promise<PageView<unknown, AlertTrigger>> {
    const viewer = viewerOf(context);
    const where = {
      ...(alertId && { alertId: { eq: fromGlobalId('alr', alertId, ['alertId']) } }),
      ...(botId && { botId: { eq: fromGlobalId('bot', botId, ['botId']) } }),
    };
    const rows = await this.#alerts.triggerPage(viewer, page, where);
    return new PageView(rows, alertTriggerOf, () => this.#alerts.triggerCount(viewer, where));
  }

  @Mutation(() => CreateAlertPayload, { description: 'Makes an alert: at most 100 in all. It counts from now on.' })
  createAlert(
    @Arg('input', () => CreateAlertInput, input) { condition, ...alert }: CreateAlertInput,
    @Ctx() context: RequestContext,
  ): Promise<CreateAlertPayload> {
    return mutation(CreateAlertPayload, async () => {
      const about = conditionOf(condition, ['input', 'condition']);
      return { alert: alertOf(await this.#alerts.create(viewerOf(context), { ...alert, condition: about })) };
    });
  }

  @Mutation(() => UpdateAlertPayload, { description: 'Changes an alert.' })
  updateAlert(
    @Arg('input', () => UpdateAlertInput, input) { id, expectedVersion, patch }: UpdateAlertInput,
    @Ctx() context: RequestContext,
  ): Promise<UpdateAlertPayload> {
    return mutation(UpdateAlertPayload, async () => {
      const { condition, ...others } = patch;
      const about = condition ? { condition: conditionOf(condition, ['input', 'patch', 'condition']) } : {};
      const change = { id: uuidOf(id), expectedVersion, patch: { ...others, ...about } };
      return { alert: alertOf(await this.#alerts.update(viewerOf(context), change)) };
    });
  }

  @Mutation(() => DeleteAlertPayload, { description: 'Deletes an alert and its history.' })
  deleteAlert(
    @Arg('input', () => DeleteAlertInput, input) { id, expectedVersion }: DeleteAlertInput,
    @Ctx() context: RequestContext,
  ): Promise<DeleteAlertPayload> {
    return mutation(DeleteAlertPayload, async () => {
      return { deletedId: toGlobalId('alr', await this.#alerts.delete(viewerOf(context), uuidOf(id), expectedVersion)) };
    });
  }
}

/** How alerts and their triggers are refetched by id. */
export function alertNodes(alerts: AlertService): [IdPrefix, NodeLoader][] {
  return [
    ['alr', async (viewer, ids) => [...(await alerts.byIds(viewer, ids)).values()].map(alertOf)],
    ['alt', async (viewer, ids) => [...(await alerts.triggersByIds(viewer, ids)).values()].map(alertTriggerOf)],
  ];
}
