import type { RiskLimit } from '../../entities/operations/RiskLimit.ts';
import type { RowOf } from '../database/index.ts';

/** Where an order is about to be made: what limits and halts are looked up by. Ids are row ids. */
export interface RiskPlace {
  readonly userId: string;
  readonly botId: string;
  readonly botName: string;
  readonly strategyId: string;
  readonly exchangeId: string;
  readonly symbol: string;
  readonly isPaper: boolean;
}

/** What a limit covers; what is null does not matter. */
export type LimitScope = Pick<RowOf<RiskLimit>, 'strategyId' | 'exchangeId' | 'botId' | 'symbol'>;

/** Whether a limit covers a bot on a market: all of its references must match. */
export function covers(scope: LimitScope, place: Pick<RiskPlace, 'botId' | 'strategyId' | 'exchangeId' | 'symbol'>): boolean {
  return (
    (scope.botId === null || scope.botId === place.botId) &&
    (scope.strategyId === null || scope.strategyId === place.strategyId) &&
    (scope.exchangeId === null || scope.exchangeId === place.exchangeId) &&
    (scope.symbol === null || scope.symbol === place.symbol)
  );
}

/** The quote asset of a market by its symbol: "BTC/USDT" and "BTC/USDT:USDT" are both in USDT. */
export function quoteOf(symbol: string): string {
  return symbol.slice(symbol.indexOf('/') + 1).split(':')[0];
}

/** What a limit covers, for people. */
export function scopeText(scope: LimitScope, botName: string): string {
  const parts = [
    ...(scope.botId === null ? [] : [`bot "${botName}"`]),
    ...(scope.strategyId === null ? [] : ['one strategy']),
    ...(scope.exchangeId === null ? [] : ['one exchange']),
    ...(scope.symbol === null ? [] : [scope.symbol]),
  ];
  return parts.length === 0 ? 'all bots' : parts.join(', ');
}
