import { BotState } from '../../entities/trading/BotState.ts';
import { BotStatus } from '../../trading/bot.ts';
import { LeaseOwner } from '../database/lease-owner.ts';
import type { Presence } from '../database/presence.ts';
import type { Exchange } from '../exchanges/port/exchange.ts';
import { RiskGate } from '../risk/risk-gate.ts';
import { systemTimers, type Timers } from '../timers.ts';
import { BotClaims } from './bot-claims.ts';
import { BotFailures } from './bot-failures.ts';
import { type BegunBot, BotStarts } from './bot-starts.ts';
import { BotTurns } from './bot-turns.ts';
import { HaltWatch } from './halt-watch.ts';
import { type Lease, Leases } from './lease.ts';
import { OutageWaits } from './outage-waits.ts';
import { BotRunner } from './runner.ts';
import { type RunnerSources, runnerSetup } from './runner-setup.ts';
import { StartAttempt } from './start-attempt.ts';

export interface SupervisorOptions extends RunnerSources {
  /** While it answers true, other processes may change a bot without waking this one: the bots' rows are then looked at by the way. */
  readonly mayMissNews?: () => boolean;
  /** Shows which of several processes live, where that can be known: what one holds that is gone is taken over at once. */
  readonly presence?: Presence | undefined;
  /** Chance, from 0 to 1, in how long bots wait for their exchange; `Math.random` when left out. */
  readonly random?: () => number;
  /** How long a lease lasts unless renewed, in milliseconds: after a crash, a bot rests so long. */
  readonly leaseMs?: number;
}

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
  /** Bots that are being opened and have not come to run. */
  readonly #starting = new Map<string, StartAttempt>();
  readonly #turns: BotTurns;
  readonly #claims: BotClaims;
  readonly #waits: OutageWaits;
  readonly #failures: BotFailures;
  #stopLooking: (() => void) | undefined;
  #renewing = false;
  #stopped = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#timers = options.timers ?? systemTimers;
    const { database, log, clock, logger } = options;
    const timers = this.#timers;
    const leases = new Leases(database, clock, new LeaseOwner(options.presence), options.leaseMs ?? 10_000);
    this.#leases = leases;
    this.#turns = new BotTurns(logger);
    this.#starts = new BotStarts({ database, log, leases });
    this.#claims = new BotClaims({
      database,
      clock,
      logger,
      leases,
      turns: this.#turns,
      isStopped: () => this.#stopped,
      begin: (botIds) => this.#begin(botIds),
      run: (begun) => this.#run(begun),
    });
    const { random = Math.random } = options;
    this.#waits = new OutageWaits({ database, log, clock, timers, leases, random, onDue: (botId) => this.#tryAgain(botId) });
    this.#failures = new BotFailures({
      database,
      log,
      timers,
      logger,
      leases,
      waits: this.#waits,
      onAnew: (botId) => this.wake(botId),
    });
    const onHalted = (userId: string): void => this.wakeAll(userId);
    this.#risk = new RiskGate({ database, clock, onHalted });
    this.#haltWatch = new HaltWatch({
      database,
      clock,
      timers,
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
    for (const attempt of this.#starting.values()) attempt.cut();
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
    if (this.#starting.has(botId)) void this.#cutStopped([botId]);
    // In its turn: the runner that is known now may just be winding up.
    void this.#turns.take(botId, async () => {
      const known = this.#runners.get(botId);
      if (known) known.runner.poke();
      else if (this.#waits.has(botId)) await this.#again(botId);
      else await this.#start(botId);
    });
  }

  /** What stands over a person's bots has changed: those that run here look at once. */
  wakeAll(userId: string): void {
    for (const { runner, userId: owner } of this.#runners.values()) if (owner === userId) runner.poke();
    for (const botId of this.#waits.ofUser(userId)) this.#tryAgain(botId);
    // One that fails just now must not sleep over it.
    for (const [botId, attempt] of this.#starting) if (attempt.userId === userId) this.#tryAgain(botId);
  }

  /** Somebody asks something of a bot: if it runs here, it carries that out. */
  serve(botId: string): void {
    this.#runners.get(botId)?.runner.serve();
  }

  /** Resolves when nothing is being started or given up any more. */
  settled(): Promise<void> {
    return this.#turns.settled();
  }

  /** Renews what this process runs and takes what nobody does; by itself every third of a lease. */
  async look(): Promise<void> {
    await this.#renew();
    await this.#claims.look();
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
    return this.#turns.take(botId, async () => {
      if (this.#runners.get(botId)?.lease.token === token) await this.#drop(botId);
      if (this.#waits.leases.some((lease) => lease.botId === botId && lease.token === token)) this.#waits.end(botId);
    });
  }

  /** Somebody else has changed what a bot is to do. Requests and halts are looked for by themselves. */
  async #pokeChanged(): Promise<void> {
    await this.#cutStopped([...this.#starting.keys()]);
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

  /** Bots that a person stops while they are being started do not wait for their exchange. */
  async #cutStopped(botIds: readonly string[]): Promise<void> {
    try {
      const rows = await this.#options.database.systemRows().byIds(BotState, botIds, ['status'], 'botId');
      for (const [botId, { status }] of rows) if (status === BotStatus.STOPPING) this.#starting.get(botId)?.cutForStop();
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'whether a bot is to stop is not known; it is started first');
    }
  }

  async #begin(botIds: readonly string[]): Promise<ReadonlyMap<string, BegunBot>> {
    const wanted = botIds.filter((botId) => !this.#runners.has(botId) && !this.#waits.has(botId));
    if (this.#stopped || wanted.length === 0) return new Map();
    await this.#options.presence?.enter();
    return this.#starts.begin(wanted);
  }

  async #start(botId: string): Promise<void> {
    await this.#run((await this.#begin([botId])).get(botId));
  }

  async #run(begun: BegunBot | undefined): Promise<void> {
    if (!begun) return;
    const { bot, lease, trigger, isStopping } = begun;
    const botId = bot.id;
    let exchange: Exchange | undefined;
    const attempt = new StartAttempt(bot.user.id, isStopping);
    this.#starting.set(botId, attempt);
    try {
      const setup = { ...(await runnerSetup(this.#options, begun, attempt.signal)), risk: this.#risk };
      exchange = setup.exchange;
      const runner = new BotRunner({
        ...setup,
        trigger,
        onStopped: () => void this.#turns.take(botId, () => this.#finish(botId)),
        onFailed: (failure) => void this.#turns.take(botId, () => this.#giveUp(lease, failure)),
      });
      attempt.runner = runner;
      this.#runners.set(botId, { runner, lease, userId: bot.user.id });
      await runner.start();
      this.#waits.runs(botId);
      this.#options.logger.info({ bot: botId }, `bot "${bot.name}" runs`);
    } catch (error) {
      const known = this.#runners.get(botId);
      this.#runners.delete(botId);
      await (known ? known.runner.close() : exchange?.close());
      await this.#failures.take(lease, attempt.reasonFor(error), this.#stopped);
    } finally {
      this.#starting.delete(botId);
    }
  }

  #tryAgain(botId: string): void {
    void this.#turns.take(botId, () => this.#again(botId));
  }

  /** A bot that waits for its exchange waits no more: it begins anew, under a new token, or stops. */
  async #again(botId: string): Promise<void> {
    const lease = this.#waits.end(botId);
    if (!lease || (await this.#waits.stopIfIdle(lease))) return;
    await this.#leases.release(lease);
    await this.#start(botId);
  }

  /** A person stopped the bot and it has wound up; its row says so already. */
  async #finish(botId: string): Promise<void> {
    this.#failures.forget(botId);
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
    await this.#failures.take(lease, error, this.#stopped);
  }
}
