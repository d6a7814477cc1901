import { ApiKey } from '../../entities/exchange/ApiKey.ts';
import { Exchange } from '../../entities/exchange/Exchange.ts';
import type { AuditEventType } from '../../entities/identity/AuditEvent.ts';
import { Bot } from '../../entities/trading/Bot.ts';
import { BotState } from '../../entities/trading/BotState.ts';
import { Position } from '../../entities/trading/Position.ts';
import { StrategyStatus } from '../../entities/trading/Strategy.ts';
import { allowedActions, BotAction, BotStatus, canMoveBot } from '../../trading/bot.ts';
import { canonical } from '../../trading/money.ts';
import type { Clock } from '../clock.ts';
import type { EntityManager } from '../database/index.ts';
import { DomainError, notFound } from '../errors.ts';
import type { EventDraft } from '../events/event.ts';
import type { MarketRules } from '../exchanges/port/market-rules.ts';
import { newId } from '../ids.ts';
import { checkedName } from '../input-checks.ts';
import type { MarketReference, MarketRow } from '../market-data/catalogue.ts';
import { audit } from '../security/audit.ts';
import type { StrategyService } from '../strategies/strategy-service.ts';
import type { Viewer } from '../viewer.ts';
import { assertAllowed, assertVersion, invalidTransition, nameTaken } from './bot-checks.ts';
import { botChanged, botDeleted, botStateChanged } from './bot-events.ts';
import { checkedInterval, checkTerms, type CreateBot, defaultRisk, mergedRisk, type UpdateBot } from './bot-input.ts';
import { type BotView, botView } from './bot-view.ts';
import { BotWrites, type BotWritesParts } from './bot-writes.ts';
import type { BotMarket } from './runner-parts.ts';
import { checkTransfers, mergedTransfers, noTransfers } from './transfer-input.ts';
import { assertLiveKey, type LiveTerms } from './live-key.ts';
import { storedSession } from './session-store.ts';

/** Bots that one person may have. */
const mostBots = 500;

export interface BotServiceParts extends BotWritesParts {
  readonly clock: Clock;
  readonly strategies: Pick<StrategyService, 'bind'>;
  /** The catalogue of markets. */
  readonly markets: { market(reference: MarketReference, path?: readonly string[]): Promise<MarketRow & { exchange: string }> };
  /** Live market data; throws a DomainError for an exchange that has none. */
  readonly marketOf: (exchange: string) => BotMarket;
}

/** People's bots: made, changed, started, paused, stopped. What they then do is the runner's. */
export class BotService {
  readonly #parts: BotServiceParts;
  readonly #writes: BotWrites;

  constructor(parts: BotServiceParts) {
    this.#parts = parts;
    this.#writes = new BotWrites(parts);
  }

  /**
   * Makes a bot; it is STOPPED.
   * @throws DomainError REQUIRED, INVALID, TAKEN, NOT_FOUND, FORBIDDEN_FOR_MODE, EXCHANGE_UNAVAILABLE
   */
  async create(viewer: Viewer, input: CreateBot): Promise<BotView> {
    const name = checkedName('the name of the bot', input.name, ['input', 'name']);
    const market = await this.#parts.markets.market(input.market, ['input', 'market']);
    const rules = await this.#rules(market, ['input', 'market']);
    const risk = mergedRisk(defaultRisk(input.risk.initialCapital), input.risk);
    checkTerms({ name, marketType: rules.kind, tradingOptions: {}, ...risk }, rules);
    const checkIntervalSeconds = checkedInterval(input.checkIntervalSeconds, ['input']);
    const transfers = mergedTransfers(noTransfers, input, ['input']);
    checkTransfers({ name, mode: input.mode, ...risk, ...transfers }, market.exchange, ['input']);
    const { strategy } = await this.#parts.strategies.bind(viewer, input.strategyId, input.parameters);
    if (strategy.status !== StrategyStatus.ACTIVE)
      throw new DomainError('INVALID', `strategy "${strategy.name}" is ${strategy.status}, only an ACTIVE one can be run`, {
        path: ['input', 'strategyId'],
      });
    return this.#writes.write(viewer, name, async (em) => {
      const { value } = await this.#parts.database.rows(viewer.userId, em).countUpTo(Bot, {}, mostBots);
      if (value >= mostBots)
        throw new DomainError('INVALID', `you have ${value} bots, the maximum is ${mostBots}`, {
          details: { limit: String(mostBots) },
        });
      await this.#assertFree(em, viewer, name);
      const { mode, apiKeyId = null } = input;
      await assertLiveKey(em, { mode, apiKeyId, ...market, ...transfers }, ['input', 'apiKeyId']);
      const bot = em.create(Bot, {
        id: newId(),
        user: viewer.userId,
        strategy: strategy.id,
        exchange: market.exchangeId,
        name,
        symbol: market.symbol,
        timeframe: input.timeframe,
        mode,
        apiKey: apiKeyId,
        marketType: rules.kind,
        parameters: { ...input.parameters },
        checkIntervalSeconds,
        ...transfers,
        ...risk,
      });
      const state = em.create(BotState, { bot, user: viewer.userId });
      await em.persist([bot, state]).flush();
      return { view: botView(bot, state), events: [botChanged(bot, state)] };
    });
  }

  /**
   * Changes what is given, of a bot that does not run.
   * @throws DomainError NOT_FOUND, VERSION_CONFLICT, INVALID_TRANSITION, REQUIRED, INVALID, TAKEN
   */
  async update(viewer: Viewer, { id, expectedVersion, patch }: UpdateBot): Promise<BotView> {
    const { name: newName } = patch;
    if (newName === null) throw new DomainError('REQUIRED', 'a bot needs a name', { path: ['input', 'patch', 'name'] });
    const name = newName === undefined ? undefined : checkedName('the name of the bot', newName, ['input', 'patch', 'name']);
    const { strategyId, exchange, rules } = await this.#market(viewer, id, ['input', 'id']);
    if (patch.parameters !== undefined)
      await this.#parts.strategies.bind(viewer, strategyId, patch.parameters, ['input', 'patch', 'parameters']);
    return this.#writes.change(viewer, id, name, async (em, bot, state) => {
      assertVersion(bot, state, expectedVersion);
      assertAllowed(bot, state, BotAction.UPDATE);
      if (name !== undefined && name !== bot.name) await this.#assertFree(em, viewer, name, ['input', 'patch', 'name']);
      if (name !== undefined) bot.name = name;
      if (patch.parameters !== undefined) bot.parameters = { ...patch.parameters };
      if (patch.checkIntervalSeconds !== undefined)
        bot.checkIntervalSeconds = checkedInterval(patch.checkIntervalSeconds, ['input', 'patch']);
      if (patch.risk) {
        const path = ['input', 'patch', 'risk'];
        if (patch.risk.initialCapital && !patch.risk.initialCapital.eq(bot.initialCapital) && storedSession(state).state)
          throw new DomainError(
            'INVALID',
            `bot "${bot.name}" has traded with ${canonical(bot.initialCapital)}: make a new bot to begin with another capital`,
            { path: [...path, 'initialCapital'] },
          );
        Object.assign(bot, mergedRisk(bot, patch.risk, path));
        checkTerms(bot, rules, path);
        this.#audit(em, bot, 'LIMITS_CHANGED', { risk: patch.risk });
      }
      Object.assign(bot, mergedTransfers(bot, patch, ['input', 'patch']));
      checkTransfers(bot, exchange, ['input', 'patch']);
      if (patch.apiKeyId !== undefined) {
        const { apiKeyId } = patch;
        await assertLiveKey(em, { ...liveTermsOf(bot, exchange), apiKeyId }, ['input', 'patch', 'apiKeyId']);
        bot.apiKey = apiKeyId === null ? null : em.getReference(ApiKey, apiKeyId, { wrapped: true });
      } else if (patch.autoTransferFunds)
        await assertLiveKey(em, liveTermsOf(bot, exchange), ['input', 'patch', 'autoTransferFunds']);
      await em.flush();
      return [botChanged(bot, state)];
    });
  }

  /**
   * Deletes a bot that is STOPPED and holds nothing. Its orders, trades and results stay.
   * @returns the id that it had
   * @throws DomainError NOT_FOUND, VERSION_CONFLICT, INVALID_TRANSITION
   */
  async delete(viewer: Viewer, id: string, expectedVersion?: number | null): Promise<string> {
    await this.#writes.change(viewer, id, undefined, async (em, bot, state) => {
      assertVersion(bot, state, expectedVersion);
      assertAllowed(bot, state, BotAction.DELETE);
      const open = await em.findOne(Position, { bot: id, isOpen: true });
      if (open)
        throw new DomainError(
          'INVALID_TRANSITION',
          `bot "${bot.name}" holds ${canonical(open.quantity)} ${open.symbol}: start it and close the position first`,
          { path: ['input', 'id'] },
        );
      await em.nativeDelete(Bot, { id });
      return [botDeleted(bot)];
    });
    return id;
  }

  /** STOPPED or ERROR → STARTING; it is RUNNING once it has reconciled. @throws DomainError NOT_FOUND, INVALID_TRANSITION, VERSION_CONFLICT */
  async start(viewer: Viewer, id: string, expectedVersion?: number | null): Promise<BotView> {
    const { exchange } = await this.#market(viewer, id, ['input', 'id']);
    return this.#writes.change(viewer, id, undefined, async (em, bot, state) => {
      assertVersion(bot, state, expectedVersion);
      // RUNNING may become STARTING too, when another process takes over; that is not a person's to ask for.
      if (!allowedActions(state.status).includes(BotAction.START)) throw invalidTransition(bot, state.status, BotStatus.STARTING);
      await assertLiveKey(em, liveTermsOf(bot, exchange), ['input', 'id']);
      state.session = { ...state.session, closeOnStop: false, closeReason: 'MANUAL' };
      state.lastErrorMessage = null;
      this.#audit(em, bot, 'BOT_STARTED', {});
      return this.#move(em, bot, state, BotStatus.STARTING);
    });
  }

  /** RUNNING → PAUSED: the position is looked after, none is opened. @throws DomainError NOT_FOUND, INVALID_TRANSITION */
  pause(viewer: Viewer, id: string): Promise<BotView> {
    return this.#writes.change(viewer, id, undefined, (em, bot, state) => this.#move(em, bot, state, BotStatus.PAUSED));
  }

  /** PAUSED → RUNNING. @throws DomainError NOT_FOUND, INVALID_TRANSITION */
  resume(viewer: Viewer, id: string): Promise<BotView> {
    return this.#writes.change(viewer, id, undefined, async (em, bot, state) => {
      // STARTING may become RUNNING too, but that is the runner's to say.
      if (state.status !== BotStatus.PAUSED) throw invalidTransition(bot, state.status, BotStatus.RUNNING);
      return this.#move(em, bot, state, BotStatus.RUNNING);
    });
  }

  /**
   * On the way to STOPPED. The position stays open, its stop and target stay at the exchange, unless it is to be closed first.
   * @throws DomainError NOT_FOUND, INVALID_TRANSITION
   */
  stop(viewer: Viewer, id: string, closePosition = false): Promise<BotView> {
    return this.#writes.change(viewer, id, undefined, async (em, bot, state) => {
      const target = state.status === BotStatus.ERROR ? BotStatus.STOPPED : BotStatus.STOPPING;
      if (closePosition && target === BotStatus.STOPPED && state.inPosition)
        throw new DomainError(
          'INVALID_TRANSITION',
          `bot "${bot.name}" is in ERROR and cannot close its position: start it again, then stop it with closePosition`,
          { path: ['input', 'closePosition'] },
        );
      state.session = { ...state.session, closeOnStop: closePosition, closeReason: 'MANUAL' };
      this.#audit(em, bot, 'BOT_STOPPED', { closePosition });
      return this.#move(em, bot, state, target);
    });
  }

  #audit(em: EntityManager, bot: Bot, type: AuditEventType, more: Record<string, unknown>): void {
    const details = { botId: bot.id, name: bot.name, mode: bot.mode, ...more };
    audit(em, { userId: bot.user.id, type, at: this.#parts.clock.now(), details });
  }

  async #move(em: EntityManager, bot: Bot, state: BotState, to: BotStatus): Promise<EventDraft[]> {
    const before = state.status;
    if (before === to || !canMoveBot(before, to)) throw invalidTransition(bot, before, to);
    state.status = to;
    await em.flush();
    return [botStateChanged(bot, state, before)];
  }

  /** Rules of a market that can be traded now. */
  async #rules(market: { readonly exchange: string; readonly symbol: string }, path: readonly string[]): Promise<MarketRules> {
    let source: BotMarket;
    try {
      source = this.#parts.marketOf(market.exchange);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      throw new DomainError(error.code, error.message, { path, details: error.details, cause: error });
    }
    const rules = (await source.markets()).find(({ symbol }) => symbol === market.symbol);
    if (rules) return rules;
    throw new DomainError('NOT_FOUND', `${market.exchange} does not trade ${market.symbol}`, { path });
  }

  /** What a bot trades, looked up before its row is locked. */
  async #market(
    viewer: Viewer,
    id: string,
    path: readonly string[],
  ): Promise<{ strategyId: string; exchange: string; rules: MarketRules }> {
    const rows = this.#parts.database.rows(viewer.userId);
    const bot = await rows.find(Bot, id, ['exchangeId', 'symbol', 'strategyId']);
    const exchange = bot && (await rows.find(Exchange, bot.exchangeId, ['name']));
    if (!bot || !exchange) throw notFound('bot', id, path);
    const rules = await this.#rules({ exchange: exchange.name, symbol: bot.symbol }, path);
    return { strategyId: bot.strategyId, exchange: exchange.name, rules };
  }

  async #assertFree(em: EntityManager, viewer: Viewer, name: string, path?: readonly string[]): Promise<void> {
    const same = await this.#parts.database.rows(viewer.userId, em).first(Bot, { fields: ['id'], where: { name: { eq: name } } });
    if (same) throw nameTaken(name, path);
  }
}

function liveTermsOf({ mode, exchange: { id: exchangeId }, apiKey, autoTransferFunds }: Bot, exchange: string): LiveTerms {
  return { mode, exchangeId, exchange, apiKeyId: apiKey?.id, autoTransferFunds };
}
