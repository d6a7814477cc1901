import { Bot } from '../../entities/trading/Bot.ts';
import { BotState } from '../../entities/trading/BotState.ts';
import { BotStatus, canMoveBot } from '../../trading/bot.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { LeaseOwner } from '../database/lease-owner.ts';
import type { Presence } from '../database/presence.ts';
import { DomainError } from '../errors.ts';
import type { EventLog } from '../events/log.ts';
import { AccountLostError } from '../exchanges/account-lost.ts';
import type { PaperAccount } from '../exchanges/paper/account.ts';
import type { Exchange } from '../exchanges/port.ts';
import type { Logger } from '../logger.ts';
import type { Plugins } from '../strategies/plugins/plugins.ts';
import { ReconciliationError } from '../reconciliation/reconciliation-error.ts';
import { RiskGate } from '../risk/risk-gate.ts';
import { systemTimers, type Timers } from '../timers.ts';
import { botStateChanged } from './bot-events.ts';
import { active, type BegunBot, BotStarts } from './bot-starts.ts';
import { HaltWatch } from './halt-watch.ts';
import { type Lease, LeaseLostError, Leases } from './lease.ts';
import type { OpenLive } from './live-account.ts';
import { isOutage } from './outage.ts';
import { OutageWaits } from './outage-waits.ts';
import { RulesChangedError } from './rules-watch.ts';
import { BotRunner } from './runner.ts';
import type { BotMarket } from './runner-parts.ts';
import { runnerSetup } from './runner-setup.ts';

export interface SupervisorOptions {
  readonly database: Database;
  readonly log: EventLog;
  readonly clock: Clock;
  /** The process's own when left out. */
  readonly timers?: Timers;
  readonly logger: Logger;
  /** The market data of an exchange, shared by all bots on it; throws a DomainError where there is none. */
  readonly marketOf: (exchange: string) => BotMarket;
  /** Opens a paper account, new or as it was left, under the fencing token of its bot's lease. */
  readonly openPaper: (account: PaperAccount, market: BotMarket, symbols: readonly string[], token: number) => Promise<Exchange>;
  /** Opens the accounts of LIVE bots; without it there are none. */
  readonly openLive?: OpenLive;
  /** For client order ids: 32 bytes for this purpose only. */
  readonly idKey: Uint8Array;
  /** The strategies that the operator put into the folder; none when left out. */
  readonly plugins?: Plugins;
  /** While it answers true, other processes may change a bot without waking this one: the bots' rows are then looked at by the way. */
  readonly mayMissNews?: () => boolean;
  /** Shows which of several processes live, where that can be known: what one holds that is gone is taken over at once. */
  readonly presence?: Presence | undefined;
  /** How long a lease lasts unless renewed, in milliseconds: after a crash, a bot rests so long. */
  readonly leaseMs?: number;
  /** How far apart orders of unknown fate are looked up, in milliseconds. */
  readonly lookUpEveryMs?: number;
}

/** Bots whose leases are taken in one transaction. */
const mostTogether = 50;
/** Bots that are started at the same time. */
const mostAtOnce = 256;
/** A bot that fails again within this time, in milliseconds, needs a person. */
const patienceMs = 60_000;

/**
 * Sees to it that every bot that should run is run by exactly one process. It looks for such bots at the start and ever after, takes
 * their lease, and starts a runner; one that fails is started once more through recovery, then the bot is in ERROR and says why. One whose
 * exchange does not answer is tried again for as long as it takes.
 */
export class BotSupervisor {
  readonly #options: SupervisorOptions;
  readonly #leases: Leases;
  readonly #starts: BotStarts;
  readonly #timers: Timers;
  readonly #risk: RiskGate;
  readonly #haltWatch: HaltWatch;
  readonly #runners = new Map<string, { readonly runner: BotRunner; readonly lease: Lease; readonly userId: string }>();
  readonly #busy = new Map<string, Promise<void>>();
  /** Bots that are being opened and have not come to run, with their owners. */
  readonly #starting = new Map<string, string>();
  readonly #failedAt = new Map<string, number>();
  readonly #waits: OutageWaits;
  #stopLooking: (() => void) | undefined;
  #looking = false;
  #renewing = false;
  #stopped = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#timers = options.timers ?? systemTimers;
    const owner = new LeaseOwner(options.presence);
    this.#leases = new Leases(options.database, options.clock, owner, options.leaseMs ?? 10_000);
    const { database, log, clock, logger } = options;
    this.#starts = new BotStarts({ database, log, leases: this.#leases });
    this.#waits = new OutageWaits({
      database,
      log,
      clock,
      timers: this.#timers,
      leases: this.#leases,
      onDue: (botId) => this.#tryAgain(botId),
    });
    const onHalted = (userId: string): void => this.wakeAll(userId);
    this.#risk = new RiskGate({ database, clock, onHalted });
    this.#haltWatch = new HaltWatch({
      database,
      clock,
      timers: this.#timers,
      logger,
      onChanged: onHalted,
      onRequested: (botId) => this.serve(botId),
    });
  }

  /** Resumes every bot that was running, and keeps looking. */
  async start(): Promise<void> {
    this.#stopped = false;
    await this.look();
    this.#stopLooking = this.#timers.every(Math.max(50, this.#leases.durationMs / 3), () => void this.look());
    this.#haltWatch.start();
  }

  /** Lets all runners finish what they are doing and gives their leases back; the bots stay as they are and resume at the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopLooking?.();
    this.#haltWatch.stop();
    // One that is just being started is there to be closed once it has.
    await this.#closeAll();
    await this.settled();
    await this.#closeAll();
    await this.#options.presence?.leave();
  }

  async #closeAll(): Promise<void> {
    const running = [...this.#runners.values()];
    const waiting = this.#waits.leases;
    this.#runners.clear();
    for (const { botId } of waiting) this.#waits.end(botId);
    await Promise.all([
      ...running.map(async ({ runner, lease }) => {
        await runner.close();
        await this.#leases.release(lease);
      }),
      ...waiting.map((lease) => this.#leases.release(lease)),
    ]);
  }

  /** The runner of a bot, if this process runs it. */
  find(botId: string): BotRunner | undefined {
    return this.#runners.get(botId)?.runner;
  }

  /** Those of all bots that this process runs. */
  get runners(): readonly BotRunner[] {
    return [...this.#runners.values()].map(({ runner }) => runner);
  }

  /** A bot's row has changed: its runner looks at it, or one is started. */
  wake(botId: string): void {
    // In its turn: the runner that is known now may just be winding up.
    void this.#inTurn(botId, async () => {
      const known = this.#runners.get(botId);
      if (known) known.runner.poke();
      else if (this.#waits.has(botId)) await this.#again(botId);
      else await this.#run((await this.#begin([botId])).get(botId));
    });
  }

  /** What stands over a person's bots has changed: those that run here look at once. */
  wakeAll(userId: string): void {
    for (const { runner, userId: owner } of this.#runners.values()) if (owner === userId) runner.poke();
    for (const botId of this.#waits.ofUser(userId)) this.#tryAgain(botId);
    // One that fails just now must not sleep over it.
    for (const [botId, owner] of this.#starting) if (owner === userId) this.#tryAgain(botId);
  }

  /** Somebody asks something of a bot: if it runs here, it carries that out. */
  serve(botId: string): void {
    this.#runners.get(botId)?.runner.serve();
  }

  /** Resolves when nothing is being started or given up any more. */
  async settled(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy.values());
  }

  /** Renews what this process runs and takes what nobody does; by itself every third of a lease. */
  async look(): Promise<void> {
    await this.#renew();
    await this.#takeWaiting();
  }

  /** Goes on while bots are being started, however long that takes. */
  async #renew(): Promise<void> {
    if (this.#renewing || this.#stopped) return;
    this.#renewing = true;
    try {
      const held = [...[...this.#runners.values()].map(({ lease }) => lease), ...this.#waits.leases];
      const lost = new Set(await this.#leases.renew(held));
      await Promise.all(held.filter(({ botId }) => lost.has(botId)).map((lease) => this.#lose(lease)));
      if (this.#options.mayMissNews?.()) await this.#pokeChanged();
    } catch (error) {
      this.#options.logger.error({ err: error }, 'renewing the leases of bots failed; it is tried again');
    } finally {
      this.#renewing = false;
    }
  }

  /** Unless the bot was begun anew meanwhile, under another lease. */
  #lose({ botId, token }: Lease): Promise<void> {
    return this.#inTurn(botId, async () => {
      if (this.#runners.get(botId)?.lease.token === token) await this.#drop(botId);
      if (this.#waits.leases.some((lease) => lease.botId === botId && lease.token === token)) this.#waits.end(botId);
    });
  }

  /** Somebody else has changed what a bot is to do. Requests and halts are looked for by themselves. */
  async #pokeChanged(): Promise<void> {
    const waiting = this.#waits.statuses;
    const known = [...this.#runners.keys(), ...waiting.keys()];
    const rows = await this.#options.database.systemRows().byIds(BotState, known, ['status'], 'botId');
    for (const [botId, status] of waiting) if (rows.get(botId)?.status !== status) this.#tryAgain(botId);
    for (const [botId, { runner }] of this.#runners) {
      const status = rows.get(botId)?.status;
      // One that is stopping may be told to close its position, or not to.
      if (status !== runner.status || status === BotStatus.STOPPING) runner.poke();
    }
  }

  async #takeWaiting(): Promise<void> {
    if (this.#looking || this.#stopped) return;
    this.#looking = true;
    try {
      await this.#leases.freeOfGone();
      const now = this.#options.clock.now();
      const waiting = await this.#options.database.systemRows().list(BotState, {
        fields: ['botId'],
        where: { status: { in: active }, or: [{ leaseOwner: { isNull: true } }, { leaseExpiresAt: { lt: now } }] },
        orderBy: [{ field: 'botId' }],
        limit: 10_000,
      });
      await this.#startAll(waiting.map(({ botId }) => botId));
    } catch (error) {
      this.#options.logger.error({ err: error }, 'looking for bots to run failed; it is tried again');
    } finally {
      this.#looking = false;
    }
  }

  async #startAll(botIds: readonly string[]): Promise<void> {
    const starting = new Set<Promise<void>>();
    for (let next = 0; next < botIds.length && !this.#stopped; next += mostTogether) {
      const together = botIds.slice(next, next + mostTogether);
      // What is being given up here comes in its turn.
      const [busy, free] = [
        together.filter((botId) => this.#busy.has(botId)),
        together.filter((botId) => !this.#busy.has(botId)),
      ];
      const begun = this.#begin(free);
      for (const botId of together) {
        const started = busy.includes(botId)
          ? this.#startInTurn(botId)
          : this.#inTurn(botId, async () => this.#run((await begun).get(botId)));
        starting.add(started);
        void started.finally(() => starting.delete(started));
      }
      await begun.catch(() => undefined);
      while (starting.size > mostAtOnce - mostTogether) await Promise.race(starting);
    }
    await Promise.all(starting);
  }

  #startInTurn(botId: string): Promise<void> {
    return this.#inTurn(botId, async () => this.#run((await this.#begin([botId])).get(botId)));
  }

  async #begin(botIds: readonly string[]): Promise<ReadonlyMap<string, BegunBot>> {
    const wanted = botIds.filter((botId) => !this.#runners.has(botId) && !this.#waits.has(botId));
    if (this.#stopped || wanted.length === 0) return new Map();
    await this.#options.presence?.enter();
    return this.#starts.begin(wanted);
  }

  /** One thing at a time per bot: its account must be closed before it is opened again. */
  #inTurn(botId: string, work: () => Promise<void>): Promise<void> {
    const before = this.#busy.get(botId);
    const run = async (): Promise<void> => {
      await before;
      try {
        await work();
      } catch (error) {
        this.#options.logger.error({ err: error, bot: botId }, 'a bot could not be started or given up; it is tried again');
      }
    };
    const done: Promise<void> = run().finally(() => {
      if (this.#busy.get(botId) === done) this.#busy.delete(botId);
    });
    this.#busy.set(botId, done);
    return done;
  }

  async #run(begun: BegunBot | undefined): Promise<void> {
    if (!begun) return;
    const { bot, lease, trigger } = begun;
    const botId = bot.id;
    const { logger } = this.#options;
    let exchange: Exchange | undefined;
    this.#starting.set(botId, bot.user.id);
    try {
      const setup = { ...(await runnerSetup(this.#options, begun)), risk: this.#risk };
      exchange = setup.exchange;
      const runner = new BotRunner({
        ...setup,
        trigger,
        onStopped: () => void this.#inTurn(botId, () => this.#finish(botId)),
        onFailed: (failure) => void this.#inTurn(botId, () => this.#giveUp(lease, failure)),
      });
      this.#runners.set(botId, { runner, lease, userId: bot.user.id });
      await runner.start();
      this.#waits.runs(botId);
      logger.info({ bot: botId }, `bot "${bot.name}" runs`);
    } catch (error) {
      const known = this.#runners.get(botId);
      this.#runners.delete(botId);
      await (known ? known.runner.close() : exchange?.close());
      await this.#failed(lease, error);
    } finally {
      this.#starting.delete(botId);
    }
  }

  #tryAgain(botId: string): void {
    void this.#inTurn(botId, () => this.#again(botId));
  }

  /** A bot that waits for its exchange waits no more: it begins anew, under a new token, or stops. */
  async #again(botId: string): Promise<void> {
    const lease = this.#waits.end(botId);
    if (!lease || (await this.#waits.stopIfIdle(lease))) return;
    await this.#leases.release(lease);
    await this.#run((await this.#begin([botId])).get(botId));
  }

  /** A person stopped the bot and it has wound up; its row says so already. */
  async #finish(botId: string): Promise<void> {
    this.#failedAt.delete(botId);
    this.#waits.forget(botId);
    await this.#drop(botId);
  }

  async #drop(botId: string): Promise<void> {
    const known = this.#runners.get(botId);
    this.#runners.delete(botId);
    await known?.runner.close();
  }

  async #giveUp(lease: Lease, error: unknown): Promise<void> {
    const { botId } = lease;
    if (this.#runners.get(botId)?.lease.token !== lease.token) return;
    await this.#drop(botId);
    await this.#failed(lease, error);
  }

  /**
   * After a failure: once more through recovery, then ERROR; when the exchange did not answer, as often as it takes. Nothing of a lost lease is
   * touched.
   */
  async #failed(lease: Lease, error: unknown): Promise<void> {
    const { logger } = this.#options;
    const { botId } = lease;
    if (error instanceof LeaseLostError) {
      logger.warn({ bot: botId }, error.message);
      return;
    }
    const isWell = error instanceof AccountLostError || error instanceof RulesChangedError;
    if (isWell) logger.info({ bot: botId }, error.message);
    if (this.#stopped || isWell) {
      await this.#leases.release(lease);
      if (error instanceof RulesChangedError) this.wake(botId);
      return;
    }
    if (isOutage(error)) return this.#rest(lease, error);
    logger.error({ err: error, bot: botId }, 'a bot failed');
    const now = this.#timers.elapsed();
    const isHopeless = error instanceof DomainError || error instanceof ReconciliationError;
    const failedBefore = this.#failedAt.get(botId);
    this.#failedAt.set(botId, now);
    try {
      if (!isHopeless && (failedBefore === undefined || now - failedBefore > patienceMs)) await this.#leases.release(lease);
      else await this.#markError(lease, error);
    } catch (cause) {
      // The database is away: the lease expires, and whoever looks then finds the bot as it was.
      logger.error({ err: cause, bot: botId }, 'the failure of a bot could not be written down');
    }
  }

  async #rest(lease: Lease, error: Error): Promise<void> {
    const { logger } = this.#options;
    logger.warn({ err: error, bot: lease.botId }, 'the exchange of a bot does not answer; it is tried again');
    try {
      await this.#waits.begin(lease, error);
    } catch (cause) {
      // As above.
      logger.error({ err: cause, bot: lease.botId }, 'the failure of a bot could not be written down');
    }
  }

  async #markError(lease: Lease, error: unknown): Promise<void> {
    const { database, log } = this.#options;
    const reason = error instanceof Error ? error.message : String(error);
    await database.transaction(async (em) => {
      const state = await em.findOneOrFail(BotState, { bot: lease.botId });
      if (state.leaseToken !== lease.token || !canMoveBot(state.status, BotStatus.ERROR)) return;
      const before = state.status;
      state.status = BotStatus.ERROR;
      state.lastErrorMessage = `${reason.slice(0, 1900)} — mend the cause, then start the bot again.`;
      state.leaseOwner = null;
      state.leaseExpiresAt = null;
      await em.flush();
      const bot = await em.findOneOrFail(Bot, { id: lease.botId });
      await log.append(em, botStateChanged(bot, state, before));
    });
    this.#waits.forget(lease.botId);
  }
}
