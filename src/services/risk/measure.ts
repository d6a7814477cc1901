import { canonical, Decimal } from '../../trading/money.ts';
import { type MeasuredLimit, type RiskLimitTerms, RiskLimitType } from '../../trading/risk-limits.ts';
import { drawdownOf, lossOf, type Marks } from './marks.ts';
import type { Portfolio } from './portfolio.ts';
import type { LimitScope } from './scope.ts';

/** A limit as its row has it, ready to be measured. */
export interface StoredLimit extends LimitScope {
  readonly terms: RiskLimitTerms;
  readonly windowSeconds: number | null;
  readonly marks: Marks;
}

/** @returns what stands against a limit, and its marks where measuring has changed them */
export async function measure(limit: StoredLimit, portfolio: Portfolio): Promise<{ measured: MeasuredLimit; marks?: Marks }> {
  const { terms, marks } = limit;
  const found = await value(limit, portfolio);
  const measured = { limit: terms, measured: found.measured };
  return JSON.stringify(found.marks ?? marks) === JSON.stringify(marks) ? { measured } : { measured, marks: found.marks };
}

async function value(limit: StoredLimit, portfolio: Portfolio): Promise<{ measured: Decimal | null; marks?: Marks }> {
  const { terms, windowSeconds, marks } = limit;
  switch (terms.type) {
    case RiskLimitType.MAX_POSITION_VALUE:
      return { measured: await portfolio.positionValue() };
    case RiskLimitType.MAX_EXPOSURE:
      return { measured: await portfolio.exposure(limit) };
    case RiskLimitType.MAX_OPEN_ORDERS:
      return { measured: new Decimal(await portfolio.openOrders(limit)) };
    case RiskLimitType.MAX_ORDERS_PER_MINUTE:
      return { measured: new Decimal(await portfolio.ordersLastMinute(limit)) };
    case RiskLimitType.MAX_DAILY_TRADES: {
      const { dailyTrades } = await portfolio.result(limit);
      return { measured: new Decimal(dailyTrades + (await portfolio.enteringOrders(limit))) };
    }
    case RiskLimitType.MAX_DAILY_LOSS: {
      const { dailyPnl } = await portfolio.result(limit);
      const { loss, marks: next } = lossOf(marks, portfolio.book, portfolio.day, dailyPnl);
      return { measured: loss, marks: next };
    }
    case RiskLimitType.MAX_DRAWDOWN: {
      const { pnl, capital } = await portfolio.result(limit);
      const { percent, marks: next } = drawdownOf(marks, portfolio.book, pnl, capital);
      return { measured: percent, marks: next };
    }
    case RiskLimitType.COOLDOWN_AFTER_EXIT:
      return { measured: await portfolio.secondsSinceExit(limit) };
    case RiskLimitType.STOP_LOSS_GUARD: {
      const count = Number(canonical(terms.value));
      return { measured: new Decimal(await portfolio.stopsInARow(limit, count, windowSeconds, marks.after)) };
    }
    case RiskLimitType.MAX_LEVERAGE:
    case RiskLimitType.SYMBOL_LOCK:
      return { measured: null };
  }
}
