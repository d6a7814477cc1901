import { LockMode, OptimisticLockError } from '@mikro-orm/core';
import { User } from '../../entities/identity/User.ts';
import { Alert } from '../../entities/operations/Alert.ts';
import { AlertTrigger } from '../../entities/operations/AlertTrigger.ts';
import { Bot } from '../../entities/trading/Bot.ts';
import { BotState } from '../../entities/trading/BotState.ts';
import { Position } from '../../entities/trading/Position.ts';
import { canonical, Decimal } from '../../trading/money.ts';
import type { Count, Database, EntityManager, Page, PageArguments, RowFilter } from '../database/index.ts';
import { DomainError, notFound } from '../errors.ts';
import { newId } from '../ids.ts';
import { checkedName } from '../input-checks.ts';
import type { Viewer } from '../viewer.ts';
import {
  checkedCondition,
  checkedCooldown,
  checkedHysteresis,
  type AlertConditionInput,
  type CheckedCondition,
  type CreateAlert,
  defaultCooldown,
  type MarketReference,
  type UpdateAlert,
} from './alert-input.ts';
import { type AlertCondition, type AlertState, type EquityState, isOfMarket, newState, typeOf } from './conditions.ts';
import { alertFields, type AlertTriggerView, type AlertView, alertView, triggerFields } from './views.ts';

/** Alerts that one person may have: each is looked at with every price of its market. */
const mostAlerts = 100;

export interface AlertServiceParts {
  readonly database: Database;
  readonly markets: {
    market(reference: MarketReference, path?: readonly string[]): Promise<{ readonly id: string; readonly exchange: string }>;
  };
  /** Throws a DomainError for an exchange without live candles. */
  readonly marketOf: (exchange: string) => unknown;
  /** Whoever looks at alerts; told after each commit. */
  readonly onChanged: () => void;
}

const idPath = ['input', 'id'];

/** What a condition is about, looked up. */
interface About extends CheckedCondition {
  readonly marketId: string | null;
}

/** People's alerts: made, changed, deleted; and the times that they came true. Looking at them is the watch's. */
export class AlertService {
  readonly #parts: AlertServiceParts;

  constructor(parts: AlertServiceParts) {
    this.#parts = parts;
  }

  /** Newest first. */
  async page(viewer: Viewer, args: PageArguments): Promise<Page<AlertView>> {
    const orderBy = [{ field: 'createdAt', direction: 'DESC' }] as const;
    // A condition was checked when it was stored: the rows are the views.
    return (await this.#rows(viewer).page(Alert, { fields: alertFields, orderBy }, args)) as unknown as Page<AlertView>;
  }

  count(viewer: Viewer): Promise<Count> {
    return this.#rows(viewer).countUpTo(Alert);
  }

  async byIds(viewer: Viewer, ids: readonly string[]): Promise<Map<string, AlertView>> {
    return (await this.#rows(viewer).byIds(Alert, ids, alertFields)) as unknown as Map<string, AlertView>;
  }

  /** Times that alerts came true, newest first. */
  triggerPage(viewer: Viewer, args: PageArguments, where: RowFilter<AlertTrigger> = {}): Promise<Page<AlertTriggerView>> {
    const orderBy = [{ field: 'createdAt', direction: 'DESC' }] as const;
    return this.#rows(viewer).page(AlertTrigger, { fields: triggerFields, orderBy, where }, args);
  }

  triggerCount(viewer: Viewer, where: RowFilter<AlertTrigger> = {}): Promise<Count> {
    return this.#rows(viewer).countUpTo(AlertTrigger, where);
  }

  triggersByIds(viewer: Viewer, ids: readonly string[]): Promise<Map<string, AlertTriggerView>> {
    return this.#rows(viewer).byIds(AlertTrigger, ids, triggerFields);
  }

  /** Makes an alert; it counts from now on. @throws DomainError REQUIRED, INVALID, NOT_FOUND, EXCHANGE_UNAVAILABLE */
  async create(viewer: Viewer, input: CreateAlert): Promise<AlertView> {
    const name = checkedName('the name', input.name, ['input', 'name']);
    const about = await this.#about(input.condition, ['input', 'condition']);
    const { condition, marketId, botId } = about;
    const cooldownSeconds = checkedCooldown(input.cooldownSeconds ?? defaultCooldown(condition), ['input', 'cooldownSeconds']);
    const hysteresis = checkedHysteresis(input.hysteresis ?? new Decimal(0), condition, ['input', 'hysteresis']);
    return this.#write(viewer, async (em) => {
      await this.#assertBot(viewer, em, about, ['input', 'condition']);
      const { value } = await this.#parts.database.rows(viewer.userId, em).countUpTo(Alert, undefined, mostAlerts);
      if (value >= mostAlerts)
        throw new DomainError('INVALID', `you have ${value} alerts, the maximum is ${mostAlerts}`, {
          details: { limit: String(mostAlerts) },
        });
      const alert = em.create(Alert, {
        id: newId(),
        user: viewer.userId,
        name,
        type: typeOf(condition),
        market: marketId,
        bot: botId,
        condition: { ...condition },
        cooldownSeconds,
        hysteresis,
        isActive: input.isActive ?? true,
        state: { ...(await this.#begin(em, viewer.userId, condition, botId)) },
      });
      await em.persist(alert).flush();
      return alert;
    });
  }

  /**
   * Changes what is given. With another condition or hysteresis, and when it is switched on, it begins anew: it counts from now on.
   * @throws DomainError NOT_FOUND, VERSION_CONFLICT, REQUIRED, INVALID
   */
  async update(viewer: Viewer, { id, expectedVersion, patch }: UpdateAlert): Promise<AlertView> {
    const path = ['input', 'patch'];
    const name = patch.name === undefined ? undefined : checkedName('the name', patch.name ?? '', [...path, 'name']);
    const about = patch.condition ? await this.#about(patch.condition, [...path, 'condition']) : undefined;
    return this.#write(viewer, async (em) => {
      const alert = await locked(em, id, expectedVersion);
      if (about) await this.#assertBot(viewer, em, about, [...path, 'condition']);
      const condition = about?.condition ?? (alert.condition as unknown as AlertCondition);
      const hysteresis = patch.hysteresis === undefined ? alert.hysteresis : (patch.hysteresis ?? new Decimal(0));
      const cooldown = patch.cooldownSeconds === undefined ? alert.cooldownSeconds : patch.cooldownSeconds;
      const isActive = patch.isActive ?? alert.isActive;
      const isNew = about !== undefined || !hysteresis.eq(alert.hysteresis) || (isActive && !alert.isActive);
      if (about) {
        const { marketId, botId } = about;
        em.assign(alert, { type: typeOf(condition), condition: { ...condition }, market: marketId, bot: botId });
      }
      alert.name = name ?? alert.name;
      alert.cooldownSeconds = checkedCooldown(cooldown ?? defaultCooldown(condition), [...path, 'cooldownSeconds']);
      alert.hysteresis = checkedHysteresis(hysteresis, condition, [...path, 'hysteresis']);
      alert.isActive = isActive;
      if (isNew) alert.state = { ...(await this.#begin(em, viewer.userId, condition, alert.bot?.id ?? null)) };
      await em.flush();
      return alert;
    });
  }

  /** Deletes an alert with its history. @throws DomainError NOT_FOUND, VERSION_CONFLICT */
  async delete(viewer: Viewer, id: string, expectedVersion?: number | null): Promise<string> {
    await this.#write(viewer, async (em) => {
      const alert = await locked(em, id, expectedVersion);
      await em.remove(alert).flush();
      return alert;
    });
    return id;
  }

  #rows(viewer: Viewer): ReturnType<Database['rows']> {
    return this.#parts.database.rows(viewer.userId);
  }

  async #about(input: AlertConditionInput, path: readonly string[]): Promise<About> {
    const checked = checkedCondition(input, path);
    if (checked.market === null) return { ...checked, marketId: null };
    const at = [...path, checked.key, 'market'];
    const { id, exchange } = await this.#parts.markets.market(checked.market, at);
    try {
      this.#parts.marketOf(exchange);
    } catch (error) {
      throw error instanceof DomainError ? new DomainError(error.code, error.message, { path: at, cause: error }) : error;
    }
    return { ...checked, marketId: id };
  }

  async #assertBot(viewer: Viewer, em: EntityManager, { botId, key }: About, path: readonly string[]): Promise<void> {
    if (botId === null) return;
    if (await this.#parts.database.rows(viewer.userId, em).find(Bot, botId, ['id'])) return;
    throw notFound('bot', botId, [...path, key, 'botId']);
  }

  /** Where an alert begins: what is in the log already is none of its business. */
  async #begin(em: EntityManager, userId: string, condition: AlertCondition, botId: string | null): Promise<AlertState> {
    if (isOfMarket(condition)) return newState(null);
    // Nothing is logged until this is done, so what is read now is as of that event.
    if (this.#parts.database.dialect === 'postgresql')
      await em.execute('select id from users where id = ? for no key update', [userId]);
    const { lastEventSequence } = await em.findOneOrFail(User, { id: userId }, { refresh: true });
    return newState(lastEventSequence, condition.kind === 'DRAWDOWN' && botId !== null ? await equityOf(em, botId) : undefined);
  }

  async #write(viewer: Viewer, work: (em: EntityManager) => Promise<Alert>): Promise<AlertView> {
    const { userId } = viewer;
    try {
      const view = await this.#parts.database.transaction(async (em) => alertView(await work(em)), { userId });
      this.#parts.onChanged();
      return view;
    } catch (error) {
      if (error instanceof OptimisticLockError)
        throw new DomainError('VERSION_CONFLICT', 'the alert was changed by somebody else meanwhile: read it again');
      throw error;
    }
  }
}

async function locked(em: EntityManager, id: string, expected: number | null | undefined): Promise<Alert> {
  const alert = await em.findOne(Alert, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!alert) throw notFound('alert', id, idPath);
  if (expected === null || expected === undefined || expected === alert.version) return alert;
  throw new DomainError(
    'VERSION_CONFLICT',
    `the alert "${alert.name}" has version ${alert.version}, not ${expected}: read it again`,
    { path: ['input', 'expectedVersion'], details: { currentVersion: alert.version } },
  );
}

async function equityOf(em: EntityManager, botId: string): Promise<EquityState> {
  const bot = await em.findOneOrFail(Bot, { id: botId });
  const state = await em.findOneOrFail(BotState, { bot: botId });
  const open = await em.findOne(Position, { bot: botId, isOpen: true });
  const equity = state.equity ?? bot.initialCapital;
  const base = open ? equity.sub(open.realizedPnl).sub(open.unrealizedPnl) : equity;
  return { base: canonical(base), closed: '0', peak: canonical(equity) };
}
