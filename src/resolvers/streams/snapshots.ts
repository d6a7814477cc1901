import { openOrderStatuses } from '../../entities/trading/Order.ts';
import type { AlertService } from '../../services/alerts/alert-service.ts';
import type { BotList } from '../../services/bots/bot-list.ts';
import { notFound } from '../../services/errors.ts';
import type { Page, PageArguments } from '../../services/database/index.ts';
import type { LedgerLists } from '../../services/orders/ledger-list.ts';
import type { OrderView } from '../../services/orders/views.ts';
import type { Viewer } from '../../services/viewer.ts';
import type { LogBook } from '../../services/logs/log-book.ts';
import type { JobTold, SnapshotItem } from './item-of.ts';

/** What a snapshot may hold: open orders, the newest executions, bots, open positions, unfinished jobs, the newest lines of the log and triggers of alerts. */
export type SnapshotPart = 'ORDER' | 'FILL' | 'BOT' | 'POSITION' | 'JOB' | 'LOG' | 'ALERT';

const pageSize = 100;

/** The current items that a lossless stream begins with. */
export class Snapshots {
  readonly #bots: BotList;
  readonly #lists: LedgerLists;
  readonly #logs: LogBook;
  readonly #alerts: AlertService;
  readonly #unfinishedJobs: (viewer: Viewer) => Promise<JobTold[]>;

  constructor(
    bots: BotList,
    lists: LedgerLists,
    logs: LogBook,
    alerts: AlertService,
    unfinishedJobs: (viewer: Viewer) => Promise<JobTold[]>,
  ) {
    this.#bots = bots;
    this.#lists = lists;
    this.#logs = logs;
    this.#alerts = alerts;
    this.#unfinishedJobs = unfinishedJobs;
  }

  /** @throws DomainError NOT_FOUND when the bot is missing or somebody else's */
  async assertBot(viewer: Viewer, botId: string): Promise<void> {
    if (!(await this.#bots.byIds(viewer, [botId])).has(botId)) throw notFound('bot', botId, ['botId']);
  }

  /** @param botId only what belongs to this bot */
  async take(viewer: Viewer, parts: readonly SnapshotPart[], botId: string | undefined): Promise<SnapshotItem[]> {
    const items: SnapshotItem[] = [];
    for (const part of parts) items.push(...(await this.#part(viewer, part, botId)));
    return items;
  }

  async #part(viewer: Viewer, part: SnapshotPart, botId: string | undefined): Promise<SnapshotItem[]> {
    const ofBot = botId === undefined ? {} : { botId: { eq: botId } };
    switch (part) {
      case 'BOT': {
        const where = botId === undefined ? {} : { id: { eq: botId } };
        const bots = await everything((page) => this.#bots.page(viewer, page, { where }));
        return bots.map((bot) => ({ kind: 'BOT', bot }));
      }
      case 'ORDER': {
        const where = { ...ofBot, status: { in: openOrderStatuses } };
        const orders = await everything((page) => this.#lists.orders.page(viewer, page, { where }));
        return orders.map((order) => ({ kind: 'ORDER', order }));
      }
      case 'POSITION': {
        const where = { ...ofBot, isOpen: { eq: true } };
        const positions = await everything((page) => this.#lists.positions.page(viewer, page, { where }));
        return positions.map((position) => ({ kind: 'POSITION', position }));
      }
      case 'FILL':
        return this.#fills(viewer, ofBot);
      case 'JOB':
        // Jobs are nobody's but their owner's.
        return botId === undefined ? (await this.#unfinishedJobs(viewer)).map((job) => ({ kind: 'JOB', job })) : [];
      case 'LOG': {
        const { rows } = await this.#logs.page(viewer, { first: pageSize }, ofBot);
        return rows.toReversed().map((entry) => ({ kind: 'LOG', entry }));
      }
      case 'ALERT': {
        const { rows } = await this.#alerts.triggerPage(viewer, { first: pageSize }, ofBot);
        const alerts = await this.#alerts.byIds(viewer, [...new Set(rows.map(({ alertId }) => alertId))]);
        return rows.toReversed().flatMap((trigger): SnapshotItem[] => {
          const alert = alerts.get(trigger.alertId);
          return alert ? [{ kind: 'ALERT', triggered: { trigger, alert } }] : [];
        });
      }
    }
  }

  /** The newest executions, oldest first. */
  async #fills(viewer: Viewer, where: { botId?: { eq: string } }): Promise<SnapshotItem[]> {
    const orderBy = [{ field: 'executedAt', direction: 'DESC' }] as const;
    const { rows } = await this.#lists.trades.page(viewer, { first: pageSize }, { where, orderBy });
    const orders: ReadonlyMap<string, OrderView> = await this.#lists.orders.byIds(viewer, [
      ...new Set(rows.map(({ orderId }) => orderId)),
    ]);
    return rows.toReversed().flatMap((trade): SnapshotItem[] => {
      const order = orders.get(trade.orderId);
      return order ? [{ kind: 'FILL', trade, order }] : [];
    });
  }
}

/** All pages of a list, oldest first. */
async function everything<V>(read: (page: PageArguments) => Promise<Page<V>>): Promise<V[]> {
  const all: V[] = [];
  for (let before: string | undefined; ;) {
    const page = await read({ last: pageSize, before });
    // Lists are newest first, so the last of one is its oldest.
    all.push(...page.rows.toReversed());
    const first = page.rows[0];
    if (!page.hasPreviousPage || first === undefined) return all;
    before = page.cursorOf(first);
  }
}
