import { DailyBalance } from '../../entities/portfolio/DailyBalance.ts';
import { Bot } from '../../entities/trading/Bot.ts';
import { canonical, decimal, type Decimal } from '../../trading/money.ts';
import type { Database } from '../database/index.ts';
import { DomainError } from '../errors.ts';
import { ledgerAmount } from '../orders/amounts.ts';
import type { Viewer } from '../viewer.ts';

/** Days that are told at once. */
const mostDays = 1_000;
const dayMs = 86_400_000;

/** Which days of a bot are wanted: those that begin at or after `from` and before `to`; the newest `limit` of them. */
export interface DaysAsked {
  readonly botId: string;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly limit: number;
}

/** A bot at the end of one UTC day, and what the day made of it. Amounts are canonical text. */
export interface DailyBalanceView {
  readonly day: string;
  readonly asset: string;
  readonly balance: string;
  /** Since the day before that is known, or since the beginning; null when neither is. */
  readonly profit: string | null;
  readonly returnPercent: string | null;
}

/** What bots were worth day by day, for their owners. */
export class DailyBalances {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Oldest first; empty for a bot that has none, or is not the viewer's. Days on which the bot did not run are missing: the next one tells what
   * has changed since.
   * @throws DomainError LIMIT_EXCEEDED, INVALID
   */
  async of(viewer: Viewer, { botId, from, to, limit }: DaysAsked): Promise<readonly DailyBalanceView[]> {
    if (limit < 1 || limit > mostDays)
      throw new DomainError('LIMIT_EXCEEDED', `limit is ${limit}, it must be from 1 to ${mostDays}`, {
        path: ['limit'],
        details: { limit: mostDays, value: limit },
      });
    if (from && to && from >= to)
      throw new DomainError('INVALID', `from ${from.toISOString()} must come before to ${to.toISOString()}`, { path: ['from'] });
    const rows = this.#database.rows(viewer.userId);
    const until = to && { date: { lte: dateOf(to.getTime() - 1) } };
    // One more than is told: what the oldest began with.
    const found = await rows.list(DailyBalance, {
      fields: ['date', 'asset', 'balance'],
      where: { identifier: { eq: botId }, ...until },
      orderBy: [{ field: 'date', direction: 'DESC' }],
      limit: limit + 1,
    });
    const bot = found.length > limit ? undefined : await rows.find(Bot, botId, ['initialCapital']);
    const first = from ? dateOf(from.getTime() + dayMs - 1) : '';
    return found
      .map(({ date, asset, balance }, index) => {
        const before = found[index + 1]?.balance ?? bot?.initialCapital;
        return { day: date, asset, balance, ...change(decimal(balance), before === undefined ? undefined : decimal(before)) };
      })
      .slice(0, limit)
      .filter(({ day }) => day >= first)
      .reverse();
  }
}

function change(balance: Decimal, before: Decimal | undefined): Pick<DailyBalanceView, 'profit' | 'returnPercent'> {
  if (before === undefined) return { profit: null, returnPercent: null };
  const profit = balance.sub(before);
  return {
    profit: canonical(profit),
    returnPercent: before.gt(0) ? canonical(ledgerAmount(profit.div(before).mul(100))) : null,
  };
}

function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
