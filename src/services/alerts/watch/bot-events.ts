import type { EventType } from '../../../entities/operations/Event.ts';
import { canonical, Decimal, decimal } from '../../../trading/money.ts';
import { clipped } from '../../clip.ts';
import type { LoggedEvent } from '../../events/event.ts';
import type { AlertCondition, AlertKind, AlertState } from '../conditions.ts';
import { type Found, happened, measured, type Verdict } from './verdict.ts';

/* What of a person's events is worth an alert. Pure functions of the log: read again after a restart, they come to the same. */

interface BotMoved {
  readonly previousStatus: string;
  readonly bot: {
    readonly name: string;
    readonly state: { readonly status: string; readonly lastErrorMessage: string | null; readonly dailyPnl: string };
  };
}
interface Filled {
  readonly trade: { readonly side: string; readonly amount: string; readonly symbol: string; readonly price: string };
  readonly order: { readonly status: string };
}
interface PositionMoved {
  readonly position: { readonly symbol: string; readonly unrealizedPnl: string; readonly realizedPnl: string };
}
interface Line {
  readonly level: string;
  readonly message: string;
}

/** Of which events each kind of condition is made. */
const eventsOfKind: Partial<Record<AlertKind, readonly EventType[]>> = {
  PNL: ['POSITION_CHANGED', 'POSITION_CLOSED', 'BOT_STATE_CHANGED'],
  DRAWDOWN: ['POSITION_CHANGED', 'POSITION_CLOSED'],
  BOT_ERROR: ['BOT_STATE_CHANGED'],
  ORDER_FILLED: ['ORDER_FILLED'],
  WARNING: ['LOG_APPENDED'],
};

/** The alert whose eyes an event is looked at with. */
export interface EventTerms {
  readonly condition: AlertCondition;
  /** Null: all bots. */
  readonly botId: string | null;
  readonly cooldownSeconds: number;
  readonly hysteresis: string;
}

/** Looks at one event. The state is the same object when it is nothing to the alert. */
export function eventVerdict(terms: EventTerms, state: AlertState, event: LoggedEvent): Verdict {
  const nothing = { state, finding: null };
  const { condition, botId, cooldownSeconds } = terms;
  if (!eventsOfKind[condition.kind]?.includes(event.type)) return nothing;
  if (botId !== null && event.subjects.botId !== botId) return nothing;
  switch (condition.kind) {
    case 'BOT_ERROR': {
      const { previousStatus, bot } = event.payload as BotMoved;
      if (bot.state.status !== 'ERROR' || previousStatus === 'ERROR') return nothing;
      const message = `bot "${bot.name}" failed: ${bot.state.lastErrorMessage ?? 'no reason is known'}`;
      return happened(state, found(event, message), cooldownSeconds);
    }
    case 'ORDER_FILLED': {
      const { trade, order } = event.payload as Filled;
      const how = order.status === 'FILLED' ? 'was filled' : 'was executed in part';
      const message = `an order ${how}: ${trade.side} ${trade.amount} ${trade.symbol} at ${trade.price}`;
      return happened(state, found(event, message, trade.price), cooldownSeconds);
    }
    case 'WARNING': {
      const { level, message } = event.payload as Line;
      if (level !== 'ERROR' && (level !== 'WARN' || condition.level === 'ERROR')) return nothing;
      return happened(state, found(event, message), cooldownSeconds);
    }
    case 'PNL':
      return pnlVerdict(condition, terms, state, event);
    case 'DRAWDOWN':
      return drawdownVerdict(condition, terms, state, event);
    default:
      return nothing;
  }
}

function found(event: LoggedEvent, message: string, value: string | null = null): Found {
  return { at: event.at.getTime(), message: clipped(message, 1900), value, botId: event.subjects.botId ?? null };
}

function pnlVerdict(
  { measure, direction, amount }: Extract<AlertCondition, { kind: 'PNL' }>,
  { cooldownSeconds, hysteresis }: EventTerms,
  state: AlertState,
  event: LoggedEvent,
): Verdict {
  const pnl = measure === 'DAY' ? dayPnl(event) : positionPnl(event);
  if (pnl === null) return { state, finding: null };
  const level = decimal(amount);
  const isAbove = direction === 'ABOVE';
  const isBeyond = isAbove ? pnl.gte(level) : pnl.lte(level);
  const far = decimal(hysteresis);
  const isBack = !isBeyond && (isAbove ? pnl.lte(level.sub(far)) : pnl.gte(level.add(far)));
  const what = measure === 'DAY' ? 'the profit of the day' : 'the profit of the position';
  const message = `${what} is ${canonical(pnl)}, at or ${isAbove ? 'above' : 'below'} ${amount}`;
  return measured(state, isBeyond ? found(event, message, canonical(pnl)) : null, isBack, cooldownSeconds);
}

function dayPnl({ type, payload }: LoggedEvent): Decimal | null {
  return type === 'BOT_STATE_CHANGED' ? decimal((payload as BotMoved).bot.state.dailyPnl) : null;
}

function positionPnl({ type, payload }: LoggedEvent): Decimal | null {
  if (type === 'BOT_STATE_CHANGED') return null;
  const { position } = payload as PositionMoved;
  return decimal(position.realizedPnl).add(position.unrealizedPnl);
}

function drawdownVerdict(
  { percent }: Extract<AlertCondition, { kind: 'DRAWDOWN' }>,
  { cooldownSeconds, hysteresis }: EventTerms,
  state: AlertState,
  event: LoggedEvent,
): Verdict {
  const before = state.equity;
  const pnl = positionPnl(event);
  if (!before || pnl === null) return { state, finding: null };
  const isClosed = event.type === 'POSITION_CLOSED';
  const total = decimal(before.closed).add(pnl);
  const equity = decimal(before.base).add(total);
  const peak = Decimal.max(before.peak, equity);
  const after = {
    ...state,
    equity: { ...before, closed: isClosed ? canonical(total) : before.closed, peak: canonical(peak) },
  };
  if (!peak.gt(0)) return { state: after, finding: null };
  const drawdown = peak.sub(equity).div(peak).mul(100).toDecimalPlaces(6);
  const isBeyond = drawdown.gte(percent);
  const isBack = !isBeyond && drawdown.lte(decimal(percent).sub(hysteresis));
  const shown = canonical(drawdown.toDecimalPlaces(2));
  const message = `the equity is ${canonical(equity.toDecimalPlaces(8))}, ${shown} % below its highest of ${canonical(peak.toDecimalPlaces(8))}`;
  return measured(after, isBeyond ? found(event, message, canonical(drawdown)) : null, isBack, cooldownSeconds);
}
