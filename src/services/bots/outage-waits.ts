import { LockMode } from '@mikro-orm/core';
import { BotRequest, BotRequestStatus } from '../../entities/operations/BotRequest.ts';
import { Bot } from '../../entities/trading/Bot.ts';
import { BotState } from '../../entities/trading/BotState.ts';
import { Order } from '../../entities/trading/Order.ts';
import { BotStatus, moveBot } from '../../trading/bot.ts';
import { isTerminal, OrderStatus } from '../../trading/order.ts';
import type { Clock } from '../clock.ts';
import type { Database, EntityManager } from '../database/database.ts';
import type { EventDraft } from '../events/event.ts';
import { logLine } from '../events/log-line.ts';
import type { EventLog } from '../events/log.ts';
import { isUnknown } from '../orders/order-lookup.ts';
import { OrderPurpose, purposeOf } from '../orders/signal.ts';
import type { Cancel, Timers } from '../timers.ts';
import { botStateChanged } from './bot-events.ts';
import { storedError } from './bot-requests.ts';
import { active } from './bot-starts.ts';
import type { Lease, Leases } from './lease.ts';
import { pauseAfter, waitingSince, waitsError, waitText } from './outage.ts';
import { storedSession } from './session-store.ts';

export interface OutageWaitsParts {
  readonly database: Database;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly leases: Leases;
  /** Chance, from 0 to 1. */
  readonly random: () => number;
  /** A bot has waited long enough. */
  readonly onDue: (botId: string) => void;
}

/** A bot that waits. Its lease is held meanwhile, so that several processes do not ask the exchange in turn. */
interface Waiting {
  readonly lease: Lease;
  readonly userId: string;
  /** As its row said when it began to wait. */
  readonly status: BotStatus;
  readonly cancel: Cancel;
}

/** How often a bot has failed in a row, and since when it runs again, as the timers count. */
interface Failures {
  count: number;
  runsSince: number | undefined;
}

/** A bot that fails again so soon after it has come to run goes on waiting as long as before, in milliseconds. */
const steadyMs = 60_000;
const openStatuses = Object.values(OrderStatus).filter((status) => !isTerminal(status));

/**
 * Bots whose exchange does not answer. They stay what they are, a running one STARTING, say since when and why, and are tried again with a growing
 * pause, however long it takes: what heals by itself is no matter for a person. A stop does not wait for an exchange that has nothing to do for it.
 */
export class OutageWaits {
  readonly #parts: OutageWaitsParts;
  readonly #waiting = new Map<string, Waiting>();
  readonly #failures = new Map<string, Failures>();

  constructor(parts: OutageWaitsParts) {
    this.#parts = parts;
  }

  has(botId: string): boolean {
    return this.#waiting.has(botId);
  }

  /** Those that are held while bots wait. */
  get leases(): readonly Lease[] {
    return [...this.#waiting.values()].map(({ lease }) => lease);
  }

  /** Bots that wait, with what their rows said. */
  get statuses(): ReadonlyMap<string, BotStatus> {
    return new Map([...this.#waiting].map(([botId, { status }]) => [botId, status]));
  }

  ofUser(userId: string): readonly string[] {
    return [...this.#waiting].filter(([, waiting]) => waiting.userId === userId).map(([botId]) => botId);
  }

  /** The bot has come to run. */
  runs(botId: string): void {
    const failures = this.#failures.get(botId);
    if (failures) failures.runsSince = this.#parts.timers.elapsed();
  }

  /** Whatever becomes of the bot has nothing to do with how its exchange was. */
  forget(botId: string): void {
    this.#failures.delete(botId);
  }

  /** The bot waits no more. @returns the lease that is held; undefined if it did not wait */
  end(botId: string): Lease | undefined {
    const waiting = this.#waiting.get(botId);
    waiting?.cancel();
    this.#waiting.delete(botId);
    return waiting?.lease;
  }

  /** Lets a bot wait after its exchange has not answered. Nothing of a lost lease is touched. */
  async begin(lease: Lease, error: Error): Promise<void> {
    const { database, timers, random } = this.#parts;
    const { botId } = lease;
    const ms = pauseAfter(error, this.#failed(botId), random);
    const begun = await database.transaction((em) => this.#write(em, lease, error.message));
    if (!begun) return;
    const cancel = timers.after(ms, () => this.#parts.onDue(botId));
    this.#waiting.set(botId, { lease, ...begun, cancel });
  }

  /** Stops a bot that is to stop, if nothing is left for the exchange to do. @returns whether it has */
  stopIfIdle(lease: Lease): Promise<boolean> {
    return this.#parts.database.transaction(async (em) => {
      const state = await this.#locked(em, lease);
      return state !== undefined && this.#stopIfIdle(em, state);
    });
  }

  /** @returns how often the bot has failed in a row */
  #failed(botId: string): number {
    const before = this.#failures.get(botId);
    const ranFor = this.#parts.timers.elapsed() - (before?.runsSince ?? Infinity);
    const count = ranFor > steadyMs ? 1 : (before?.count ?? 0) + 1;
    this.#failures.set(botId, { count, runsSince: undefined });
    return count;
  }

  async #write(em: EntityManager, lease: Lease, reason: string): Promise<Pick<Waiting, 'userId' | 'status'> | undefined> {
    const { log, clock, leases } = this.#parts;
    const state = await this.#locked(em, lease);
    if (!state || (await this.#stopIfIdle(em, state))) return undefined;
    const before = state.status;
    if (!active.includes(before)) {
      await leases.giveBack(em, lease);
      return undefined;
    }
    const now = clock.now();
    const told = state.lastErrorMessage;
    const since = waitingSince(told);
    if (before === BotStatus.RUNNING) state.status = moveBot(before, BotStatus.STARTING);
    const message = waitText(since ?? now.toISOString(), reason);
    state.lastErrorMessage = message;
    const userId = state.user.id;
    const bot = await em.findOneOrFail(Bot, { id: lease.botId });
    await tellAskers(em, bot, message, now);
    if (state.status !== before || message !== told) {
      await em.flush();
      const events: EventDraft[] = [];
      if (since === undefined) events.push(logLine(userId, 'WARN', `bot "${bot.name}" ${message}`, { botId: bot.id }, now));
      await log.append(em, botStateChanged(bot, state, before), ...events);
    }
    return { userId, status: state.status };
  }

  async #stopIfIdle(em: EntityManager, state: BotState): Promise<boolean> {
    if (state.status !== BotStatus.STOPPING || !(await isIdle(em, state))) return false;
    state.status = moveBot(state.status, BotStatus.STOPPED);
    state.lastErrorMessage = null;
    state.leaseOwner = null;
    state.leaseExpiresAt = null;
    await em.flush();
    const bot = await em.findOneOrFail(Bot, { id: state.bot.id });
    await this.#parts.log.append(em, botStateChanged(bot, state, BotStatus.STOPPING));
    this.forget(bot.id);
    return true;
  }

  async #locked(em: EntityManager, { botId, token }: Lease): Promise<BotState | undefined> {
    const state = await em.findOneOrFail(BotState, { bot: botId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    return state.leaseToken === token ? state : undefined;
  }
}

/** Who has asked something of the bot before it began to wait is told so, and does not wait with it. */
async function tellAskers(em: EntityManager, { id, name }: Bot, message: string, finishedAt: Date): Promise<void> {
  const result = { ...storedError(waitsError(name, message)) };
  const pending = { bot: id, status: BotRequestStatus.PENDING };
  await em.nativeUpdate(BotRequest, pending, { status: BotRequestStatus.FAILED, result, finishedAt });
}

/** Nothing is to be closed, and nothing is at the exchange but the stop and the target of a position that stays. */
async function isIdle(em: EntityManager, state: BotState): Promise<boolean> {
  const { closeOnStop = false } = storedSession(state);
  if (closeOnStop && state.inPosition) return false;
  const open = await em.find(Order, { bot: state.bot.id, status: { $in: openStatuses } });
  return open.every((order) => !isUnknown(order) && order.acceptedAt !== null && isGuard(order));
}

function isGuard({ signalKey }: Order): boolean {
  const purpose = purposeOf(signalKey);
  return purpose === OrderPurpose.STOP || purpose === OrderPurpose.TARGET;
}
