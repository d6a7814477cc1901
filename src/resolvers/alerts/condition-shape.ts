import type { AlertConditionInput as ServiceInput } from '../../services/alerts/alert-input.ts';
import type { AlertView } from '../../services/alerts/views.ts';
import { fromGlobalId, toGlobalId } from '../ids.ts';
import { marketReferenceOf } from '../market-data/market-ref.ts';
import { plainRules } from '../strategies/rules-inputs.ts';
import type { AlertConditionInput } from './inputs.ts';

/** A stored condition in the shape that clients give it in, ids and all, so that it can be sent back. */
export function conditionInputOf({ condition, marketId, botId }: AlertView): object {
  const market = marketId === null ? {} : { market: { id: toGlobalId('mkt', marketId) } };
  const bot = botId === null ? {} : { botId: toGlobalId('bot', botId) };
  const { kind, ...fields } = condition;
  return { [keys[kind]]: { ...market, ...bot, ...fields } };
}

const keys = {
  PRICE: 'price',
  MOVE: 'move',
  INDICATOR: 'indicator',
  PNL: 'pnl',
  DRAWDOWN: 'drawdown',
  BOT_ERROR: 'botError',
  ORDER_FILLED: 'orderFilled',
  WARNING: 'warning',
} as const satisfies Record<AlertView['condition']['kind'], keyof AlertConditionInput>;

/** In terms of rows. @throws DomainError INVALID for the id of something else */
export function conditionOf(input: AlertConditionInput, path: readonly string[]): ServiceInput {
  const { price, move, indicator, pnl, drawdown, botError, orderFilled, warning } = input;
  const at = (name: keyof AlertConditionInput, field: string): string[] => [...path, name, field];
  const bot = (name: keyof AlertConditionInput, id: string | null | undefined): string | null =>
    id === null || id === undefined ? null : fromGlobalId('bot', id, at(name, 'botId'));
  return {
    price: price && { ...price, market: marketReferenceOf(price.market, at('price', 'market')) },
    move: move && { ...move, market: marketReferenceOf(move.market, at('move', 'market')) },
    indicator: indicator && {
      timeframe: indicator.timeframe,
      rule: plainRules(indicator.rule),
      market: marketReferenceOf(indicator.market, at('indicator', 'market')),
    },
    pnl: pnl && { ...pnl, botId: fromGlobalId('bot', pnl.botId, at('pnl', 'botId')) },
    drawdown: drawdown && { ...drawdown, botId: fromGlobalId('bot', drawdown.botId, at('drawdown', 'botId')) },
    botError: botError && { botId: bot('botError', botError.botId) },
    orderFilled: orderFilled && { botId: bot('orderFilled', orderFilled.botId) },
    warning: warning && { level: warning.level, botId: bot('warning', warning.botId) },
  };
}
