import { createRequire } from 'node:module';
import { fromNumeric, fromSortableDecimal } from '../../src/entities/columns/decimal-text.ts';
import { toGlobalId } from '../../src/resolvers/ids.ts';

/** What a person would write by hand for this one page: two statements, plain rows, one object. No accounts, limits or checks. */
export interface HandWritten {
  page(first: number): Promise<unknown>;
  byId(id: string): Promise<unknown>;
}

type RawRow = Record<string, string | number | boolean | null | Date>;

const botColumns = `b.id, b.name, b.symbol, b.timeframe, b.mode, b.version + s.version as version, s.status, s.in_position, s.entry_price, s.position_size, s.stop_loss_price,
  s.take_profit_price, s.trailing_stop_price, s.daily_pnl, s.daily_trades_count, s.last_error_message`;
const tradeColumns = 'id, bot_id, side, price, amount, fee, pnl, executed_at';

function answer(bots: RawRow[], trades: RawRow[], first: number, text: (value: string) => string): unknown {
  const decimal = (value: RawRow[string]): string | null => (value === null ? null : text(value as string));
  const page = bots.slice(0, first);
  const nodes = page.map((bot) => ({
    id: toGlobalId('bot', bot['id'] as string),
    name: bot['name'],
    symbol: bot['symbol'],
    timeframe: bot['timeframe'],
    mode: bot['mode'],
    version: bot['version'],
    state: {
      status: bot['status'],
      inPosition: Boolean(bot['in_position']),
      entryPrice: decimal(bot['entry_price']),
      positionSize: decimal(bot['position_size']),
      stopLossPrice: decimal(bot['stop_loss_price']),
      takeProfitPrice: decimal(bot['take_profit_price']),
      trailingStopPrice: decimal(bot['trailing_stop_price']),
      dailyPnl: decimal(bot['daily_pnl']),
      dailyTradesCount: bot['daily_trades_count'],
      lastErrorMessage: bot['last_error_message'],
    },
    trades: { nodes: [] as unknown[] },
  }));
  const byBot = new Map(page.map((bot, index) => [bot['id'], nodes[index]]));
  for (const trade of trades)
    byBot.get(trade['bot_id'])?.trades.nodes.push({
      id: toGlobalId('trd', trade['id'] as string),
      side: trade['side'],
      price: decimal(trade['price']),
      amount: decimal(trade['amount']),
      fee: decimal(trade['fee']),
      pnl: decimal(trade['pnl']),
      executedAt: new Date(trade['executed_at'] as number | string).toISOString(),
    });
  const last = page.at(-1);
  return {
    bots: {
      nodes,
      pageInfo: {
        hasNextPage: bots.length > first,
        endCursor: last ? Buffer.from(String(last['id'])).toString('base64url') : null,
      },
    },
  };
}

function one(bot: RawRow | undefined): unknown {
  return {
    bot: bot
      ? {
          id: toGlobalId('bot', bot['id'] as string),
          name: bot['name'],
          symbol: bot['symbol'],
          timeframe: bot['timeframe'],
          mode: bot['mode'],
          version: bot['version'],
        }
      : null,
  };
}

interface Sqlite {
  prepare(sql: string): { all(...parameters: unknown[]): RawRow[]; get(...parameters: unknown[]): RawRow | undefined };
}

export function onSqlite(file: string, userId: string): HandWritten {
  const Native = createRequire(import.meta.url)('better-sqlite3') as new (file: string) => Sqlite;
  const database = new Native(file);
  const bots = database.prepare(
    `select ${botColumns} from bots b left join bot_states s on s.bot_id = b.id where b.user_id = ? order by b.created_at desc, b.id desc limit ?`,
  );
  const trades = database.prepare(
    `select * from (select ${tradeColumns}, row_number() over (partition by bot_id order by executed_at desc, id desc) as n from trades
       where bot_id in (select value from json_each(?))) where n <= 20 order by bot_id, n`,
  );
  const bot = database.prepare(
    'select b.id, b.name, b.symbol, b.timeframe, b.mode, b.version + s.version as version from bots b join bot_states s on s.bot_id = b.id where b.id = ?',
  );
  return {
    async page(first) {
      const rows = bots.all(userId, first + 1);
      return answer(rows, trades.all(JSON.stringify(rows.slice(0, first).map((row) => row['id']))), first, fromSortableDecimal);
    },
    byId: async (id) => one(bot.get(id)),
  };
}

interface Postgres {
  Pool: new (options: { connectionString: string; max: number }) => {
    query(query: { name: string; text: string; values: unknown[] }): Promise<{ rows: RawRow[] }>;
  };
}

export function onPostgres(url: string, userId: string): HandWritten {
  const { Pool } = createRequire(import.meta.url)('pg') as Postgres;
  const pool = new Pool({ connectionString: url, max: 10 });
  const query = async (name: string, text: string, values: unknown[]): Promise<RawRow[]> =>
    (await pool.query({ name, text, values })).rows;
  return {
    async page(first) {
      const rows = await query(
        'bots',
        `select ${botColumns} from bots b left join bot_states s on s.bot_id = b.id where b.user_id = $1 order by b.created_at desc, b.id desc limit $2`,
        [userId, first + 1],
      );
      const trades = await query(
        'trades',
        `select * from (select ${tradeColumns}, row_number() over (partition by bot_id order by executed_at desc, id desc) as n from trades
           where bot_id = any($1)) t where n <= 20 order by bot_id, n`,
        [rows.slice(0, first).map((row) => row['id'])],
      );
      return answer(rows, trades, first, fromNumeric);
    },
    byId: async (id) =>
      one(
        (
          await query(
            'bot',
            'select b.id, b.name, b.symbol, b.timeframe, b.mode, b.version + s.version as version from bots b join bot_states s on s.bot_id = b.id where b.id = $1',
            [id],
          )
        )[0],
      ),
  };
}
