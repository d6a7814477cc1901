import { Bot } from '../../entities/trading/Bot.ts';
import { BotState } from '../../entities/trading/BotState.ts';
import type { Count, Database, Page, PageArguments, RowFilter, RowKey, RowOf, RowOrder } from '../database/index.ts';
import type { Viewer } from '../viewer.ts';
import type { BotStateView, BotView } from './bot-view.ts';

const botColumns = [
  'id',
  'version',
  'createdAt',
  'updatedAt',
  'strategyId',
  'exchangeId',
  'apiKeyId',
  'name',
  'symbol',
  'timeframe',
  'mode',
  'marketType',
  'leverage',
  'initialCapital',
  'parameters',
  'positionSizePercent',
  'positionSizeFixed',
  'stopLossPercent',
  'takeProfitPercent',
  'trailingStopPercent',
  'dailyTargetPercent',
  'maxDailyLossPercent',
  'maxDailyTrades',
  'checkIntervalSeconds',
  'autoTransferFunds',
  'transferAmount',
] as const satisfies readonly RowKey<Bot>[];

const stateColumns = [
  'botId',
  'version',
  'status',
  'inPosition',
  'positionSide',
  'entryPrice',
  'positionSize',
  'stopLossPrice',
  'takeProfitPrice',
  'trailingStopPrice',
  'maxPriceSinceEntry',
  'dailyPnl',
  'dailyTradesCount',
  'lastCandleAt',
  'lastRunAt',
  'lastErrorMessage',
  'updatedAt',
] as const satisfies readonly RowKey<BotState>[];

type BotRow = Pick<RowOf<Bot>, (typeof botColumns)[number]>;
type StateRow = Pick<RowOf<BotState>, (typeof stateColumns)[number]>;

/** Bots with their states, to be read by their owner: two statements, however many. */
export class BotList {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async page(
    viewer: Viewer,
    args: PageArguments,
    query: { where?: RowFilter<Bot> | undefined; orderBy?: readonly RowOrder<Bot>[] | undefined } = {},
  ): Promise<Page<BotView>> {
    const page = await this.#database.rows(viewer.userId).page(Bot, { fields: botColumns, ...query }, args);
    const views = await this.#join(viewer, page.rows);
    return { ...page, rows: views, cursorOf: (view) => page.cursorOf(view as unknown as BotRow) };
  }

  count(viewer: Viewer, where?: RowFilter<Bot>): Promise<Count> {
    return this.#database.rows(viewer.userId).countUpTo(Bot, where);
  }

  /** By id; those that are missing or somebody else's are left out. */
  async byIds(viewer: Viewer, ids: readonly string[]): Promise<Map<string, BotView>> {
    const rows = await this.#database.rows(viewer.userId).byIds(Bot, ids, botColumns);
    const views = await this.#join(viewer, [...rows.values()]);
    return new Map(views.map((view) => [view.id, view]));
  }

  /** Puts each bot's state beside it, and their versions together. One that was deleted in between has none, and is left out. */
  async #join(viewer: Viewer, bots: readonly BotRow[]): Promise<BotView[]> {
    if (bots.length === 0) return [];
    const ids = bots.map(({ id }) => id);
    const states = await this.#database.rows(viewer.userId).byIds(BotState, ids, stateColumns, 'botId');
    return bots.flatMap((bot) => joined(bot, states.get(bot.id)) ?? []);
  }
}

/** The row itself becomes the view: a second object for each would cost more than reading it. */
function joined(bot: BotRow, state: StateRow | undefined): BotView | undefined {
  if (!state) return undefined;
  const view = bot as unknown as { version: number; state: BotStateView };
  view.version += state.version;
  view.state = state;
  return view as BotView;
}
