import { pino } from 'pino';
import { User } from '../../src/entities/identity/User.ts';
import { Bot } from '../../src/entities/trading/Bot.ts';
import { BotState } from '../../src/entities/trading/BotState.ts';
import { Position } from '../../src/entities/trading/Position.ts';
import type { Database } from '../../src/services/database/index.ts';
import { DomainError } from '../../src/services/errors.ts';
import type { Exchange } from '../../src/services/exchanges/port/exchange.ts';
import type { MarketRules } from '../../src/services/exchanges/port/market-rules.ts';
import { EventLog } from '../../src/services/events/log.ts';
import type { BotMarket } from '../../src/services/bots/runner-parts.ts';
import { newId } from '../../src/services/ids.ts';
import type { Viewer } from '../../src/services/viewer.ts';
import { decimal } from '../../src/trading/money.ts';
import { Backup } from './backup.ts';
import { CandleMarket } from './candle-market.ts';
import { Connection, Wire } from './connection.ts';
import { Dice } from './dice.ts';
import { Faults, VenueFault } from './faults.ts';
import { Gate } from './gate.ts';
import { enterKey, liveExchange } from './enter-markets.ts';
import { booksOf, checkBooks, checkGuards, checkMoney, checkReader } from './invariants.ts';
import { type Incident, type KillPoint, type NewFilters, type Plan, type PlannedKill, type PlannedPause } from './plan.ts';
import { processDatabase, type ProcessDatabaseParts } from './process-database.ts';
import { Program, secrets } from './program.ts';
import { Reader } from './reader.ts';
import { Tally } from './tally.ts';
import { checkTransfers } from './transfers.ts';
import { Turnstile } from './turnstile.ts';
import { isOpen, market, Venue } from './venue.ts';
import { VirtualTime } from './virtual-time.ts';
import { Watch } from './watch.ts';

const minute = 60_000;
const tickMs = 10_000;
const initialCapital = 10_000;
/** How far apart funding is due. */
const fundingMs = 2 * minute;
const start = Date.UTC(2026, 0, 5, 12);
/** How long nothing may happen in real time before a world counts as stuck, ms. */
const patienceMs = 600_000;

/** Bugs that are planted between the program and the world, to see whether the checks find them. */
export interface Mutation {
  readonly name: string;
  readonly exchange?: (exchange: Exchange) => Exchange;
  readonly market?: (market: BotMarket) => BotMarket;
  readonly database?: (database: Database, parts: ProcessDatabaseParts) => Database;
  readonly program?: (program: Program) => void;
}

export interface WorldResult {
  readonly violations: readonly string[];
  readonly faults: Tally;
  readonly orders: number;
  readonly fills: number;
  /** Carried out from the funding wallet. */
  readonly transfers: number;
  /** What the processes logged, for whoever looks into a violation. */
  readonly log: readonly string[];
}

/** One seeded world: a market, a venue, one or two processes of the program, people, and all that goes wrong between them. */
export class World {
  private readonly plan: Plan;
  private readonly database: Database;
  private readonly mutation: Mutation | undefined;
  private readonly time = new VirtualTime(start);
  private readonly tally = new Tally();
  private readonly watch = new Watch(() => this.time.now);
  private readonly lines: string[] = [];
  private readonly dice: Dice;
  private readonly faults: Faults;
  /** What the program leaves to chance. */
  private readonly chance: Dice;
  private readonly turnstile: Turnstile;
  private readonly market: CandleMarket;
  private readonly venue: Venue;
  private readonly wire: Wire;
  private readonly slots: Program[] = [];
  private readonly kills: { readonly kill: PlannedKill; left: number }[];
  private readonly pauses: { readonly pause: PlannedPause; left: number }[];
  private readonly rejections: string[] = [];
  private readonly onRejection = (error: unknown): void => void this.rejections.push(String(error));
  private reader!: Reader;
  private viewer!: Viewer;
  private botId = '';
  private eventsBefore = 0;
  private foreignOrders = 0;
  private wasRestored = false;
  /** Nothing goes wrong: the world is being set up, or heals. */
  private isCalm = true;

  constructor(plan: Plan, database: Database, mutation?: Mutation) {
    this.plan = plan;
    this.database = database;
    this.mutation = mutation;
    this.dice = new Dice(plan.seed).fork('world');
    this.faults = new Faults(plan.faults, this.dice.fork('faults'), this.tally);
    this.chance = this.dice.fork('chance');
    this.turnstile = new Turnstile(this.dice.fork('turnstile'));
    this.market = new CandleMarket(
      () => this.venue.rules,
      this.dice.fork('market'),
      () => this.time.now,
      this.faults,
    );
    this.venue = new Venue({
      step: plan.step,
      feeAsset: plan.feeAsset,
      thinness: plan.thinness,
      guards: plan.guards,
      funding: plan.wallet && { amount: '9000', takesIds: plan.wallet.takesIds },
      dice: this.dice.fork('venue'),
      now: () => this.time.now + plan.venueSkewMs,
    });
    this.wire = new Wire(this.venue, this.time, this.dice.fork('wire'), this.faults);
    this.venue.onCanceled = (order) => {
      if (this.faults.strikes(Object.values(VenueFault)) === undefined) return;
      this.time.after(this.dice.between(500, 40_000), () => this.venue.fillLate(order));
    };
    this.pauses = plan.pauses.map((pause) => ({ pause, left: pause.passes }));
    this.kills = plan.kills.map((kill) => ({ kill, left: kill.passes }));
  }

  /** Lives through the plan, heals, and looks at what is left. */
  async run(): Promise<WorldResult> {
    process.on('unhandledRejection', this.onRejection);
    try {
      await this.begin();
      await this.until(start + this.plan.durationMs);
      await this.heal();
      this.check('after healing', await this.findings());
      this.check('after healing', checkGuards(await booksOf(this.database, this.botId), this.venue, this.plan.guards));
      await this.wind('STOPPED', 'stop and close');
      this.check('after stopping', await this.findings());
      await this.checkAround();
    } catch (error) {
      this.watch.violations.push(`the world broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    } finally {
      process.off('unhandledRejection', this.onRejection);
      for (const program of this.slots) program.gate.kill();
      await this.rest();
      // Whatever became of it: no other world's processes shall find it running.
      await this.database.system().nativeUpdate(BotState, { bot: this.botId }, { status: 'STOPPED' });
    }
    const { orders, fills, wallet } = this.venue;
    return {
      violations: this.watch.violations,
      faults: this.tally,
      orders: orders.length,
      fills: fills.length,
      transfers: wallet?.transfers.length ?? 0,
      log: this.lines,
    };
  }

  private async begin(): Promise<void> {
    this.faults.isOn = false;
    this.tick();
    // Between two prices, when nothing else happens.
    this.time.at(start + 7_123, () => this.fund());
    const founder = this.newProgram(0);
    await this.enter(founder);
    this.eventsBefore = await founder.log.head(this.viewer.userId);
    this.reader = new Reader(this.viewer.userId);
    for (let slot = 0; slot < this.plan.processes; slot++) this.boot(slot);
    await this.turnstile.quiet();
    this.isCalm = false;
    this.faults.isOn = true;
    this.person('start bot');
    this.planRestore();
    for (const incident of this.plan.incidents) this.time.at(start + incident.at, () => this.happens(incident));
  }

  private planRestore(): void {
    const { restore } = this.plan;
    if (!restore) return;
    let backup: Promise<Backup> | undefined;
    this.time.at(start + restore.takenAt, () => {
      backup = this.turnstile.run(() => Backup.of(this.database, { userId: this.viewer.userId, botId: this.botId }));
    });
    this.time.at(start + restore.restoredAt, () => {
      if (!backup) return;
      this.faults.note('older backup restored');
      this.lines.push(`${this.moment} the backup of ${restore.takenAt / 1000} s is restored`);
      for (const { gate } of this.slots) gate.kill();
      const taken = backup;
      void this.turnstile.run(async () => this.restored(await taken));
      this.time.after(restore.downMs, () =>
        this.slots.forEach(({ gate }, slot) => {
          if (gate.isDead) this.boot(slot);
        }),
      );
    });
  }

  private async restored(backup: Backup): Promise<void> {
    await backup.restore(this.database);
    this.wasRestored = true;
    this.watch.forgetRows();
    // What clients are told whose cursor is ahead of the log now is a matter of the hub's tests.
    this.reader = new Reader(this.viewer.userId);
    this.eventsBefore = backup.sequence;
  }

  /** A person, a strategy that trades often, a bot. */
  private async enter({ strategies, bots }: Program): Promise<void> {
    const userId = await this.database.transaction(async (em) => {
      const user = em.create(User, { email: `${newId()}@example.com`, passwordHash: 'x' });
      await em.persist(user).flush();
      return user.id;
    });
    this.viewer = { userId, role: 'TRADER', scopes: ['READ', 'TRADE'] };
    const strategy = await strategies.create(this.viewer, {
      name: `cross ${newId()}`,
      kind: 'BUILT_IN',
      builtIn: 'sma-cross',
      parameters: { fastPeriod: 1, slowPeriod: 2 },
    });
    const { stopLossPercent, takeProfitPercent, wallet } = this.plan;
    const bot = await bots.create(this.viewer, {
      name: `bot ${newId()}`,
      strategyId: strategy.id,
      market: { exchange: wallet ? liveExchange : 'sim', symbol: market.symbol },
      timeframe: 'M1',
      mode: wallet ? 'LIVE' : 'PAPER',
      ...(wallet && {
        apiKeyId: await enterKey(this.database, userId),
        autoTransferFunds: true,
        transferAmount: wallet.transferAmount === null ? null : decimal(wallet.transferAmount),
      }),
      risk: {
        initialCapital: decimal(initialCapital),
        positionSizePercent: decimal(50),
        stopLossPercent: decimal(stopLossPercent),
        takeProfitPercent: decimal(takeProfitPercent),
      },
    });
    this.botId = bot.id;
    // Rows are dated by the machine; what a bot may have decided is looked for since it was made.
    await this.database.system().nativeUpdate(Bot, { id: bot.id }, { createdAt: new Date(start) });
  }

  /** Minutes and seconds since the world began. */
  private get moment(): string {
    const seconds = (this.time.now - start) / 1000;
    return `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(3).padStart(6, '0')}`;
  }

  private newProgram(slot: number): Program {
    const gate = new Gate();
    const passes = (point: KillPoint): void => this.passes(slot, gate, point);
    const parts: ProcessDatabaseParts = {
      database: this.database,
      gate,
      turnstile: this.turnstile,
      faults: this.faults,
      passes,
      onCommitted: (orders) => this.watch.committedOrders(orders),
    };
    const database = this.mutation?.database?.(processDatabase(parts), parts) ?? processDatabase(parts);
    const program = new Program({
      time: this.time,
      gate,
      clockSkewMs: this.plan.clockSkewsMs[slot] ?? 0,
      database,
      market: this.mutation?.market?.(this.market.seenBy(gate)) ?? this.market.seenBy(gate),
      logger: pino({ level: 'info' }, { write: (line: string) => void this.lines.push(`${this.moment} ${line.trimEnd()}`) }),
      random: () => this.chance.roll(),
      connect: () => {
        const connection = new Connection({
          wire: this.wire,
          gate,
          skewMs: this.plan.venueSkewMs,
          guards: this.plan.guards,
          hasFunding: this.plan.fundingRate !== 0,
          passes,
          onSent: (request) => this.watch.sends(request),
          onAsked: (request) => this.watch.asks(request),
        });
        return this.mutation?.exchange?.(connection) ?? connection;
      },
    });
    this.mutation?.program?.(program);
    return program;
  }

  private boot(slot: number): void {
    const program = this.newProgram(slot);
    this.slots[slot] = program;
    // A reader without a cursor begins at the end of the log: nothing may be told before it listens.
    const connected = this.reader.connect(program).catch(() => undefined);
    void connected.then(() => program.supervisor.start());
  }

  /** The process in a slot passes a point at which it may be meant to die. */
  private passes(slot: number, gate: Gate, point: KillPoint): void {
    if (gate.isDead || this.isCalm) return;
    for (const entry of this.pauses) {
      if (entry.pause.point !== point || --entry.left !== 0) continue;
      this.faults.note(`paused ${point}`);
      gate.pause();
      this.time.after(entry.pause.forMs, () => gate.resume());
    }
    for (const entry of this.kills) {
      const isPassed = entry.kill.point === point || (point.startsWith('before') && entry.kill.point === 'before any');
      if (entry.left <= 0 || (!isPassed && !(point.startsWith('after') && entry.kill.point === 'after any'))) continue;
      entry.left -= 1;
      if (entry.left > 0) continue;
      this.kill(slot, gate, `kill -9 ${point === entry.kill.point ? point : entry.kill.point}`, entry.kill.downMs);
      for (const passes of entry.kill.again)
        this.kills.push({ kill: { point: 'after any', passes, downMs: 1_000, again: [] }, left: passes });
      return;
    }
  }

  private kill(slot: number, gate: Gate, name: string, downMs: number): void {
    this.faults.note(name);
    this.lines.push(`${this.moment} process ${slot}: ${name}`);
    gate.kill();
    this.time.after(downMs, () => {
      if (this.slots[slot]?.gate === gate) this.boot(slot);
    });
  }

  private happens(incident: Incident): void {
    if (this.isCalm) return;
    if (incident.kind === 'kill' || incident.kind === 'pause') {
      const gate = this.slots[incident.slot]?.gate;
      if (!gate || gate.isDead) return;
      if (incident.kind === 'kill') this.kill(incident.slot, gate, 'kill -9 at any time', incident.forMs);
      else {
        this.faults.note('paused process');
        gate.pause();
        this.time.after(incident.forMs, () => gate.resume());
      }
    } else if (incident.kind === 'market halted') {
      this.faults.note(incident.kind);
      this.venue.isHalted = true;
      this.time.after(incident.forMs, () => {
        this.venue.isHalted = false;
      });
    } else if (incident.kind === 'news mute' || incident.kind === 'black hole') {
      this.faults.note(incident.kind);
      const key = incident.kind === 'news mute' ? 'isMute' : 'isBlackHole';
      this.wire[key] = true;
      this.time.after(incident.forMs, () => {
        this.wire[key] = false;
      });
    } else if (incident.kind === 'disk full') {
      this.faults.note(incident.kind);
      this.faults.isDiskFull = true;
      this.time.after(incident.forMs, () => {
        this.faults.isDiskFull = false;
      });
    } else if (incident.kind === 'burst') {
      this.faults.note(incident.kind);
      this.wire.bursts(incident.kept, incident.forMs);
    } else if (incident.kind === 'filters changed') this.changeFilters(incident);
    else if (incident.kind === 'overfill') {
      this.faults.note(incident.kind);
      this.venue.overfillsNext = true;
    } else if (incident.kind === 'foreign order') this.foreignOrder();
    else if (incident.kind === 'balance emptied') this.emptyBalance();
    else if (incident.kind === 'money put away') this.putAway();
    else this.person(incident.kind);
  }

  private changeFilters({ rules, endsOrders }: NewFilters): void {
    const { isActive, ...numbers } = rules;
    const exact = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, decimal(value)]));
    this.faults.note('filters changed');
    this.lines.push(`${this.moment} filters changed: ${JSON.stringify(rules)}${endsOrders ? ', what rests ends' : ''}`);
    this.venue.change({ ...exact, ...(isActive !== undefined && { isActive }) }, endsOrders);
  }

  /** Somebody else's order on the same account, far from the market: it rests, and nobody may touch it. */
  private foreignOrder(): void {
    if (this.venue.isHalted) return;
    this.faults.note('foreign order');
    const price = decimal(Math.round(this.market.price / 2));
    const clientOrderId = `web_${++this.foreignOrders}`;
    this.venue.place(
      { clientOrderId, symbol: market.symbol, side: 'BUY', type: 'LIMIT', amount: decimal('0.002'), price },
      false,
    );
  }

  private emptyBalance(): void {
    const taken = this.venue.balance(market.base);
    if (!taken.gt(0)) return;
    this.faults.note('balance emptied from outside');
    this.venue.add(market.base, taken.neg());
    this.returns = () => this.venue.add(market.base, taken);
  }

  /** What the bot needs for its next entry is not there any more. */
  private putAway(): void {
    const money = this.venue.balance(market.quote).sub(100);
    if (!money.gt(0)) return;
    this.faults.note('money put away');
    this.venue.wallet?.putAway(money);
  }

  private returns: () => void = () => undefined;

  /** What a person asks of the bot through whichever process answers. */
  private person(wish: Incident['kind']): void {
    const program = this.slots.find(({ gate }) => !gate.isDead && !gate.isPaused);
    if (!program) return;
    const asked = this.ask(program, wish);
    asked.catch((error: unknown) => {
      if (!(error instanceof DomainError)) this.lines.push(`a person was told: ${String(error)}`);
    });
  }

  private async ask({ bots, closer }: Program, wish: Incident['kind']): Promise<unknown> {
    const { viewer, botId } = this;
    if (wish === 'start bot') return bots.start(viewer, botId);
    if (wish === 'pause bot') return bots.pause(viewer, botId);
    if (wish === 'resume bot') return bots.resume(viewer, botId);
    if (wish === 'stop bot' || wish === 'stop and close') return bots.stop(viewer, botId, wish === 'stop and close');
    const position = await this.database.system().findOne(Position, { bot: botId, isOpen: true });
    return position && closer.close(viewer, { id: position.id, idempotencyKey: newId() });
  }

  private tick(): void {
    this.market.tick();
    this.venue.move(decimal(this.market.price));
    // What another process has written is found by asking now and then.
    if (this.time.now % minute === 0) for (const { gate, hub } of this.slots) gate.run(() => hub.wake(this.viewer.userId));
    this.time.after(tickMs, () => this.tick());
  }

  private fund(): void {
    if (this.plan.fundingRate !== 0) this.venue.fund(this.plan.fundingRate);
    this.time.after(fundingMs, () => this.fund());
  }

  private async until(moment: number): Promise<void> {
    do await this.rest();
    while (this.time.step(moment));
  }

  private async rest(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const stuck = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`nothing moves any more, at ${new Date(this.time.now).toISOString()}`)),
        patienceMs,
      );
    });
    await Promise.race([this.turnstile.quiet(), stuck]).finally(() => clearTimeout(timer));
  }

  /** Nothing goes wrong any more; people put right what only people can. */
  private async heal(): Promise<void> {
    this.isCalm = true;
    this.faults.isOn = false;
    this.faults.isDiskFull = false;
    this.venue.isHalted = false;
    this.venue.change(this.plainRules, false);
    // By the time that the books are compared, everybody has looked at them once more.
    this.market.forgetRules();
    this.venue.overfillsNext = false;
    this.wire.isMute = false;
    this.wire.isBlackHole = false;
    this.wire.bannedUntil = 0;
    this.returns();
    this.slots.forEach(({ gate }, slot) => (gate.isDead ? this.boot(slot) : gate.resume()));
    // Between two prices, so that nothing is under way when the books are compared.
    await this.until(Math.ceil(this.time.now / minute) * minute + 97_000);
    await this.wind('RUNNING', 'start bot', 'resume bot');
  }

  /** With a step or a least value beyond what a bot holds, nobody could sell that. */
  private get plainRules(): Partial<MarketRules> {
    const { stepSize, minNotional } = this.venue.rules;
    return {
      isActive: true,
      ...(stepSize.gt('0.001') && { stepSize: decimal('0.0001') }),
      ...(minNotional.gt(100) && { minNotional: decimal(10) }),
    };
  }

  /** Waits until the bot has come to rest in a state, helped by a person. */
  private async wind(status: string, ...wishes: readonly Incident['kind'][]): Promise<void> {
    for (let minutes = 0; minutes < 15; minutes++) {
      const state = await this.database.system().findOneOrFail(BotState, { bot: this.botId });
      if (state.status === status && minutes >= 1) return;
      // A planted bug is found: the rest is of no interest.
      if (this.mutation && this.watch.violations.length > 0) return;
      if (state.status !== status) for (const wish of wishes) this.person(wish);
      await this.until(this.time.now + minute);
    }
    const { status: left, lastErrorMessage } = await this.database.system().findOneOrFail(BotState, { bot: this.botId });
    this.watch.violations.push(
      `the bot does not become ${status}: it is ${left}${lastErrorMessage ? `, ${lastErrorMessage}` : ''}`,
    );
  }

  private async findings(): Promise<string[]> {
    const books = checkBooks(await booksOf(this.database, this.botId), this.venue, this.wasRestored);
    const { botId, venue } = this;
    const money = { botId, initialCapital, now: this.time.now + this.plan.venueSkewMs };
    return venue.wallet ? [...books, ...checkMoney(venue), ...(await checkTransfers(this.database, venue.wallet, money))] : books;
  }

  private check(when: string, findings: readonly string[]): void {
    this.watch.violations.push(...findings.map((finding) => `${when}: ${finding}`));
  }

  private async checkAround(): Promise<void> {
    const { violations } = this.watch;
    for (const { hub } of this.slots) hub.wake(this.viewer.userId);
    await this.rest();
    const head = await new EventLog(this.database, { now: () => new Date() }).head(this.viewer.userId);
    violations.push(...checkReader(this.reader.events, this.eventsBefore, head));
    const foreign = this.venue.orders.filter(({ isOurs }) => !isOurs);
    for (const order of foreign.filter((other) => !isOpen(other)))
      violations.push(`the foreign order ${order.request.clientOrderId} is ${order.status}`);
    violations.push(...this.rejections.map((reason) => `the process would have ended: ${reason}`));
    const texts = [Buffer.from(secrets.idKey), Buffer.from(secrets.cursorKey)].flatMap((key) => [
      key.toString('hex'),
      key.toString('base64'),
    ]);
    for (const text of texts) if (this.lines.some((line) => line.includes(text))) violations.push('a secret is in the log');
  }
}
