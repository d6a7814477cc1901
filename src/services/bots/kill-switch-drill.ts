import { RefusedOrder } from '../../entities/operations/RefusedOrder.ts';
import { Bot } from '../../entities/trading/Bot.ts';
import { BotState } from '../../entities/trading/BotState.ts';
import { Order, openOrderStatuses } from '../../entities/trading/Order.ts';
import { Position } from '../../entities/trading/Position.ts';
import { BotStatus, TradingMode } from '../../trading/bot.ts';
import { RiskAction } from '../../trading/risk-limits.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/index.ts';
import { DomainError, notFound } from '../errors.ts';
import { checkedReason } from '../risk/risk-limit-input.ts';
import { systemTimers, type Timers } from '../timers.ts';
import type { Viewer } from '../viewer.ts';
import type { CalledDrill, KillSwitchService } from './kill-switch-service.ts';

export interface KillSwitchDrillParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly switches: KillSwitchService;
  /** The process's own when left out. */
  readonly timers?: Timers;
  /** How long the bots have to be flat, in milliseconds. */
  readonly patienceMs?: number;
}

export interface DrillKillSwitch {
  readonly reason: string;
  /** Null: all PAPER bots of the account that run. */
  readonly botId?: string | null | undefined;
}

/** One thing that a kill switch does, as a drill saw it. */
export interface DrillStep {
  readonly action: RiskAction;
  /** Since the drill was called, in whole milliseconds; null when it was not done before the drill ended. */
  readonly milliseconds: number | null;
  /** Entries refused, orders ended, positions closed. */
  readonly count: number;
}

export interface DrilledBot {
  readonly botId: string;
  readonly steps: readonly DrillStep[];
}

export interface DrillReport {
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly bots: readonly DrilledBot[];
}

/** Open orders and positions. */
interface InTheMarket {
  readonly orders: readonly { readonly id: string; readonly botId: string | null }[];
  readonly positions: readonly { readonly botId: string | null }[];
}

/** What a bot had in the market when its drill was called, and when that was gone, in milliseconds since the drill began. */
interface Watched {
  readonly called: CalledDrill;
  readonly orders: readonly string[];
  readonly positions: number;
  readonly blockedMs: number;
  canceledMs: number | null;
  flatMs: number | null;
}

const running: readonly BotStatus[] = [BotStatus.STARTING, BotStatus.RUNNING, BotStatus.PAUSED];
const mostBots = 50;
const most = 10_000;
/** An operation may take 10 s; a drill ends before. */
const standardPatienceMs = 7_000;
const lookEveryMs = 20;
const botPath = ['input', 'botId'];

/**
 * Calls the kill switch to see that it works. It goes the whole way of the real one, FLATTEN: the same rows, the same wake-up, in whatever process each bot
 * runs, the same orders. That is why it is called over the person's own PAPER bots and not over an account made for the purpose: what is to be proven is
 * that these processes hear it and these bots get out. Their positions are closed, at the price of paper. Each bot has a switch of its own, so that
 * nothing LIVE is ever under one. All are released at the end; after a crash in between, whoever runs bots releases them within a minute.
 */
export class KillSwitchDrill {
  readonly #parts: KillSwitchDrillParts;
  readonly #timers: Timers;

  constructor(parts: KillSwitchDrillParts) {
    this.#parts = parts;
    this.#timers = parts.timers ?? systemTimers;
  }

  /** @throws DomainError REQUIRED, INVALID, NOT_FOUND, FORBIDDEN_FOR_MODE, INVALID_TRANSITION; nothing is halted then */
  async run(viewer: Viewer, { reason, botId = null }: DrillKillSwitch): Promise<DrillReport> {
    const { clock, switches } = this.#parts;
    const text = checkedReason(reason, ['input', 'reason']);
    const botIds = await this.#botsOf(viewer, botId);
    const startedAt = clock.now();
    const since = this.#timers.elapsed();
    const before = await this.#inTheMarket(viewer, botIds);
    const called = await switches.beginDrill(viewer, text, botIds);
    try {
      const blockedMs = this.#passed(since);
      const watched = called.map((drill) => ({
        called: drill,
        blockedMs,
        ...had(before, drill),
        canceledMs: null,
        flatMs: null,
      }));
      await this.#untilFlat(viewer, watched, since);
      return { startedAt, endedAt: clock.now(), bots: await this.#report(viewer, watched) };
    } finally {
      await switches.endDrill(viewer, called, 'the drill is over');
    }
  }

  /** @returns the bots to drill; all can be, or none is */
  async #botsOf(viewer: Viewer, botId: string | null): Promise<readonly string[]> {
    const rows = this.#parts.database.rows(viewer.userId);
    const bots = await rows.list(Bot, {
      fields: ['id', 'name', 'mode'],
      where: botId === null ? { mode: { eq: TradingMode.PAPER } } : { id: { eq: botId } },
      orderBy: [{ field: 'createdAt' }],
      limit: 1_000,
    });
    const [named] = bots;
    if (botId !== null && !named) throw notFound('bot', botId, botPath);
    if (botId !== null && named.mode !== TradingMode.PAPER)
      throw new DomainError('FORBIDDEN_FOR_MODE', `bot "${named.name}" is ${named.mode}: a drill is for PAPER bots only`, {
        path: botPath,
      });
    const states = await rows.byIds(
      BotState,
      bots.map(({ id }) => id),
      ['status'],
      'botId',
    );
    const ready = bots.filter(({ id }) => running.includes(states.get(id)?.status ?? BotStatus.STOPPED));
    if (ready.length === 0)
      throw new DomainError(
        'INVALID_TRANSITION',
        botId === null
          ? 'you have no PAPER bot that runs, so there is nothing to drill the kill switch on: start one first'
          : `bot "${named.name}" is ${states.get(botId)?.status ?? BotStatus.STOPPED}: start it before a drill`,
        botId === null ? {} : { path: botPath },
      );
    if (ready.length > mostBots)
      throw new DomainError(
        'INVALID',
        `you have ${ready.length} PAPER bots that run, a drill takes at most ${mostBots}: name one`,
        {
          path: botPath,
          details: { limit: String(mostBots) },
        },
      );
    return ready.map(({ id }) => id);
  }

  async #untilFlat(viewer: Viewer, watched: readonly Watched[], since: number): Promise<void> {
    const { patienceMs = standardPatienceMs } = this.#parts;
    for (;;) {
      const left = watched.filter(({ flatMs }) => flatMs === null);
      const market = await this.#inTheMarket(
        viewer,
        left.map(({ called }) => called.botId),
      );
      const passed = this.#passed(since);
      for (const bot of left) {
        const { orders, positions } = had(market, bot.called);
        if (!orders.some((id) => bot.orders.includes(id))) bot.canceledMs ??= passed;
        if (orders.length + positions === 0) bot.flatMs = passed;
      }
      if (left.every(({ flatMs }) => flatMs !== null) || passed > patienceMs) return;
      await new Promise<void>((resolve) => void this.#timers.after(lookEveryMs, resolve));
    }
  }

  async #report(viewer: Viewer, watched: readonly Watched[]): Promise<DrilledBot[]> {
    const ids = watched.map(({ called }) => called.botId);
    const market = await this.#inTheMarket(viewer, ids);
    const refused = await this.#parts.database.rows(viewer.userId).list(RefusedOrder, {
      fields: ['botId', 'createdAt'],
      where: { botId: { in: ids } },
      orderBy: [{ field: 'createdAt', direction: 'DESC' }],
      limit: most,
    });
    return watched.map(({ called, blockedMs, canceledMs, flatMs, orders, positions }) => {
      const { botId, activatedAt } = called;
      const left = had(market, called);
      const entries = refused.filter((order) => order.botId === botId && order.createdAt >= activatedAt).length;
      const ended = orders.filter((id) => !left.orders.includes(id)).length;
      const closed = Math.max(0, positions - left.positions);
      return {
        botId,
        steps: [
          { action: RiskAction.BLOCK_ENTRIES, milliseconds: blockedMs, count: entries },
          { action: RiskAction.CANCEL_ORDERS, milliseconds: canceledMs, count: ended },
          { action: RiskAction.FLATTEN, milliseconds: flatMs, count: closed },
        ],
      };
    });
  }

  async #inTheMarket(viewer: Viewer, botIds: readonly string[]): Promise<InTheMarket> {
    const rows = this.#parts.database.rows(viewer.userId);
    const botId = { in: botIds };
    const orders = await rows.list(Order, {
      fields: ['id', 'botId'],
      where: { botId, status: { in: openOrderStatuses } },
      limit: most,
    });
    const positions = await rows.list(Position, { fields: ['botId'], where: { botId, isOpen: { eq: true } }, limit: most });
    return { orders, positions };
  }

  #passed(since: number): number {
    return Math.round(this.#timers.elapsed() - since);
  }
}

function had({ orders, positions }: InTheMarket, { botId }: CalledDrill): { orders: string[]; positions: number } {
  return {
    orders: orders.flatMap((order) => (order.botId === botId ? order.id : [])),
    positions: positions.filter((position) => position.botId === botId).length,
  };
}
