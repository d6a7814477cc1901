import { LockMode } from '@mikro-orm/core';
import type { AuditEventType } from '../../entities/identity/AuditEvent.ts';
import { KillSwitch } from '../../entities/operations/KillSwitch.ts';
import { Bot } from '../../entities/trading/Bot.ts';
import { BotState } from '../../entities/trading/BotState.ts';
import { BotStatus, moveBot } from '../../trading/bot.ts';
import { includesAction, RiskAction } from '../../trading/risk-limits.ts';
import type { Clock } from '../clock.ts';
import type { Count, Database, EntityManager, Page, PageArguments, RowKey } from '../database/index.ts';
import { DomainError, notFound } from '../errors.ts';
import type { EventDraft } from '../events/event.ts';
import type { EventLog } from '../events/log.ts';
import { newId } from '../ids.ts';
import { lockPortfolio } from '../risk/lock.ts';
import { checkedReason } from '../risk/risk-limit-input.ts';
import { type KillSwitchView, killSwitchView } from '../risk/views.ts';
import { audit } from '../security/audit.ts';
import type { Viewer } from '../viewer.ts';
import { botStateChanged } from './bot-events.ts';

export interface ActivateKillSwitch {
  readonly mode: RiskAction;
  readonly reason: string;
  /** Null: all bots of the account. */
  readonly botId?: string | null | undefined;
}

/** A drill's switch over one bot, as it was called. */
export interface CalledDrill {
  readonly id: string;
  readonly botId: string;
  readonly activatedAt: Date;
  /** Of its row: another one means that somebody has made it a halt in earnest. */
  readonly version: number;
}

export interface KillSwitchServiceParts {
  readonly database: Database;
  readonly log: EventLog;
  readonly clock: Clock;
  /** Whoever runs bots; told after each commit. */
  readonly runners: { wake(botId: string): void; wakeAll(userId: string): void };
}

const botPath = ['input', 'botId'];

/**
 * Halts that a person calls: over all their bots, or one. Written down first; whoever runs a bot looks before each entry, and at once when told. They
 * stand until they are released with a reason, whatever restarts meanwhile.
 */
export class KillSwitchService {
  readonly #parts: KillSwitchServiceParts;

  constructor(parts: KillSwitchServiceParts) {
    this.#parts = parts;
  }

  page(viewer: Viewer, args: PageArguments): Promise<Page<KillSwitchView>> {
    const orderBy = [{ field: 'createdAt', direction: 'DESC' }] as const;
    return this.#parts.database.rows(viewer.userId).page(KillSwitch, { fields, orderBy }, args);
  }

  count(viewer: Viewer): Promise<Count> {
    return this.#parts.database.rows(viewer.userId).countUpTo(KillSwitch);
  }

  byIds(viewer: Viewer, ids: readonly string[]): Promise<Map<string, KillSwitchView>> {
    return this.#parts.database.rows(viewer.userId).byIds(KillSwitch, ids, fields);
  }

  /**
   * Halts. One that stands already is made sharper where the new mode is; it never becomes milder before its release. A drill that stands becomes a halt
   * in earnest. With FLATTEN, bots that are STOPPED and hold something are started to close it, and stop again.
   * @throws DomainError REQUIRED, INVALID, NOT_FOUND
   */
  async activate(viewer: Viewer, { mode, reason, botId = null }: ActivateKillSwitch): Promise<KillSwitchView> {
    const text = checkedReason(reason, ['input', 'reason']);
    const woken: string[] = [];
    const view = await this.#write(viewer, async (em, events) => {
      if (botId !== null && !(await em.findOne(Bot, { id: botId }))) throw notFound('bot', botId, botPath);
      // Rows of bots before the person's own, as runners do.
      if (mode === RiskAction.FLATTEN) woken.push(...(await this.#startToClose(em, events, botId)));
      await lockPortfolio(em, this.#parts.database.dialect, viewer.userId);
      const standing = await em.findOne(KillSwitch, { bot: botId, releasedAt: null });
      if (standing && !standing.isDrill && includesAction(standing.mode, mode)) return standing;
      const killSwitch =
        standing ??
        em.create(KillSwitch, {
          id: newId(),
          user: viewer.userId,
          bot: botId,
          mode,
          reason: text,
          isDrill: false,
          activatedAt: this.#now,
        });
      const sharper = standing && includesAction(standing.mode, mode) ? standing.mode : mode;
      Object.assign(killSwitch, { mode: sharper, reason: text, isDrill: false, activatedAt: this.#now });
      await em.persist(killSwitch).flush();
      this.#audit(em, viewer, 'KILL_SWITCH_ACTIVATED', killSwitch);
      return killSwitch;
    });
    this.#parts.runners.wakeAll(viewer.userId);
    for (const id of woken) this.#parts.runners.wake(id);
    return view;
  }

  /** Lets what was halted go on. @throws DomainError REQUIRED, INVALID, NOT_FOUND, INVALID_TRANSITION when nothing is halted */
  async release(viewer: Viewer, reason: string, botId: string | null = null): Promise<KillSwitchView> {
    const text = checkedReason(reason, ['input', 'reason']);
    const view = await this.#write(viewer, async (em) => {
      if (botId !== null && !(await em.findOne(Bot, { id: botId }))) throw notFound('bot', botId, botPath);
      await lockPortfolio(em, this.#parts.database.dialect, viewer.userId);
      const standing = await em.findOne(KillSwitch, { bot: botId, releasedAt: null });
      if (!standing)
        throw new DomainError(
          'INVALID_TRANSITION',
          `no kill switch stands over ${botId === null ? 'your account' : 'this bot'}: there is nothing to release`,
          botId === null ? {} : { path: botPath },
        );
      standing.releasedAt = this.#now;
      standing.releaseReason = text;
      await em.flush();
      this.#audit(em, viewer, 'KILL_SWITCH_RELEASED', standing);
      return standing;
    });
    this.#parts.runners.wakeAll(viewer.userId);
    return view;
  }

  /**
   * Calls a switch over each of these bots as a drill, FLATTEN: over all of them, or none.
   * @throws DomainError INVALID_TRANSITION while a halt stands over the account or one of them
   */
  async beginDrill(viewer: Viewer, reason: string, botIds: readonly string[]): Promise<readonly CalledDrill[]> {
    const activatedAt = this.#now;
    const called = await this.#alone(viewer, async (em) => {
      const over = { $or: [{ bot: null }, { bot: { $in: [...botIds] } }], releasedAt: null };
      const standing = await em.findOne(KillSwitch, over);
      if (standing) throw standsAlready(standing);
      const terms = { user: viewer.userId, mode: RiskAction.FLATTEN, reason, isDrill: true, activatedAt };
      const rows = botIds.map((bot) => em.create(KillSwitch, { ...terms, id: newId(), bot }));
      await em.persist(rows).flush();
      for (const row of rows) this.#audit(em, viewer, 'KILL_SWITCH_ACTIVATED', row);
      return rows.map(({ id, version }, i) => ({ id, version, botId: botIds[i], activatedAt }));
    });
    this.#parts.runners.wakeAll(viewer.userId);
    return called;
  }

  /** Releases a drill's switches, but for those that have become halts in earnest or were released by hand. */
  async endDrill(viewer: Viewer, called: readonly CalledDrill[], reason: string): Promise<void> {
    await this.#alone(viewer, async (em) => {
      const drills = await em.find(KillSwitch, { id: { $in: called.map(({ id }) => id) } });
      const untouched = drills.filter(({ id, version }) => called.some((drill) => drill.id === id && drill.version === version));
      for (const drill of untouched) Object.assign(drill, { releasedAt: this.#now, releaseReason: reason });
      await em.flush();
      for (const drill of untouched) this.#audit(em, viewer, 'KILL_SWITCH_RELEASED', drill);
    });
    this.#parts.runners.wakeAll(viewer.userId);
  }

  get #now(): Date {
    return this.#parts.clock.now();
  }

  /** Bots that are STOPPED with something in hand: on their way to STOPPED once more, closing it first. @returns their ids */
  async #startToClose(em: EntityManager, events: EventDraft[], botId: string | null): Promise<string[]> {
    const which = { status: BotStatus.STOPPED, inPosition: true, ...(botId !== null && { bot: botId }) };
    const states = await em.find(BotState, which, {
      lockMode: LockMode.PESSIMISTIC_WRITE,
      orderBy: { bot: 'asc' },
    });
    for (const state of states) {
      state.status = moveBot(moveBot(state.status, BotStatus.STARTING), BotStatus.STOPPING);
      state.session = { ...state.session, closeOnStop: true, closeReason: 'RISK_LIMIT' };
      await em.flush();
      events.push(botStateChanged(await em.findOneOrFail(Bot, { id: state.bot.id }), state, BotStatus.STOPPED));
    }
    return states.map(({ bot }) => bot.id);
  }

  #audit(em: EntityManager, viewer: Viewer, type: AuditEventType, killSwitch: KillSwitch): void {
    audit(em, { userId: viewer.userId, type, at: this.#now, details: { killSwitch: killSwitchView(killSwitch) } });
  }

  /** In one transaction, while nobody else changes the person's halts or enters anything for them. */
  #alone<T>(viewer: Viewer, work: (em: EntityManager) => Promise<T>): Promise<T> {
    const { database } = this.#parts;
    return database.transaction(
      async (em) => {
        await lockPortfolio(em, database.dialect, viewer.userId);
        return work(em);
      },
      { userId: viewer.userId },
    );
  }

  #write(viewer: Viewer, work: (em: EntityManager, events: EventDraft[]) => Promise<KillSwitch>): Promise<KillSwitchView> {
    const { database, log } = this.#parts;
    return database.transaction(
      async (em) => {
        const events: EventDraft[] = [];
        const view = killSwitchView(await work(em, events));
        const [first, ...more] = events;
        if (first) await log.append(em, first, ...more);
        return view;
      },
      { userId: viewer.userId },
    );
  }
}

const fields = [
  'id',
  'version',
  'createdAt',
  'updatedAt',
  'botId',
  'mode',
  'reason',
  'isDrill',
  'activatedAt',
  'releasedAt',
  'releaseReason',
] as const satisfies readonly RowKey<KillSwitch>[];

function standsAlready({ bot, reason }: KillSwitch): DomainError {
  const over = bot === null ? 'your account' : 'a bot that the drill is for';
  return new DomainError(
    'INVALID_TRANSITION',
    `a kill switch stands over ${over} already ("${reason}"): a drill is for calm times, release it first`,
  );
}
