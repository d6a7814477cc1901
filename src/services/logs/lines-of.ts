import type { LogLevel } from '../../entities/operations/LogEntry.ts';
import { BotStatus } from '../../trading/bot.ts';
import { OrderStatus } from '../../trading/order.ts';
import type { EventDraft } from '../events/event.ts';
import { logLine, type LogSubject } from '../events/log-line.ts';

/* What of a person's events is worth a line in their log, in words. */

interface BotMoved {
  readonly previousStatus: BotStatus;
  readonly bot: {
    readonly name: string;
    readonly state: { readonly status: BotStatus; readonly lastErrorMessage: string | null };
  };
}
interface OrderMoved {
  readonly previousStatus: OrderStatus | null;
  readonly order: {
    readonly status: OrderStatus;
    readonly side: string;
    readonly amount: string;
    readonly symbol: string;
    readonly rejectReason: string | null;
  };
}
interface AlertFired {
  readonly alert: { readonly name: string };
  readonly trigger: { readonly message: string };
}
interface JobMoved {
  readonly kind: string;
  readonly id: string;
  readonly status: string;
  readonly failureReason: string | null;
}

type Words = readonly [level: LogLevel, message: string];

/** The lines that an event is worth. @param now for an event that does not say when it happened */
export function linesOf(draft: EventDraft, now: Date): EventDraft[] {
  const words = wordsOf(draft);
  return words ? [logLine(draft.userId, ...words, subjectOf(draft), draft.at ?? now)] : [];
}

function wordsOf({ type, payload }: EventDraft): Words | undefined {
  switch (type) {
    case 'BOT_STATE_CHANGED':
      return ofBot(payload as BotMoved);
    case 'BOT_DELETED':
      return ['INFO', `bot "${(payload as { name: string }).name}" was deleted`];
    case 'ORDER_CHANGED':
      return ofOrder(payload as OrderMoved);
    case 'RISK_LIMIT_REACHED':
      return ['WARN', `a risk limit halts: ${(payload as { reason: string }).reason}`];
    case 'ALERT_TRIGGERED':
      return ofAlert(payload as AlertFired);
    case 'JOB_PROGRESSED':
      return ofJob(payload as JobMoved);
    default:
      return undefined;
  }
}

function ofBot({ previousStatus, bot }: BotMoved): Words | undefined {
  const { status, lastErrorMessage } = bot.state;
  if (status === previousStatus) return undefined;
  const name = `bot "${bot.name}"`;
  switch (status) {
    case BotStatus.STARTING:
      return previousStatus === BotStatus.RUNNING
        ? ['WARN', `${name} is taken up again after a break: it recovers before it goes on`]
        : ['INFO', `${name} was started`];
    case BotStatus.RUNNING:
      return ['INFO', previousStatus === BotStatus.PAUSED ? `${name} was resumed` : `${name} has reconciled and runs`];
    case BotStatus.PAUSED:
      return ['INFO', `${name} was paused`];
    case BotStatus.STOPPING:
      return ['INFO', `${name} is being stopped`];
    case BotStatus.STOPPED:
      return ['INFO', `${name} has stopped`];
    case BotStatus.ERROR:
      return ['ERROR', `${name} failed: ${lastErrorMessage ?? 'no reason is known'}`];
  }
}

function ofOrder({ previousStatus, order }: OrderMoved): Words | undefined {
  const { status, side, amount, symbol, rejectReason } = order;
  if (status === previousStatus) return undefined;
  const name = `the order to ${side} ${amount} ${symbol}`;
  if (status === OrderStatus.REJECTED) return ['WARN', `${name} was rejected: ${rejectReason ?? 'no reason was given'}`];
  if (status === OrderStatus.UNKNOWN)
    return ['WARN', `${name} was sent and not answered: it is looked up until its fate is known`];
  if (status === OrderStatus.ABSENT) return ['WARN', `${name} never reached the exchange`];
  return undefined;
}

/** Never a warning: an alert on warnings would trigger itself. */
function ofAlert({ alert, trigger }: AlertFired): Words {
  return ['INFO', `alert "${alert.name}": ${trigger.message}`];
}

const jobNames: Readonly<Record<string, string>> = {
  BACKTEST: 'a backtest',
  CANDLE_FETCH: 'a fetch of candles',
  OPTIMIZATION: 'an optimization',
};

function ofJob({ kind, status, failureReason }: JobMoved): Words | undefined {
  const name = jobNames[kind] ?? 'a job';
  if (status === 'FAILED') return ['ERROR', `${name} failed: ${failureReason ?? 'no reason is known'}`];
  if (status === 'COMPLETED') return ['INFO', `${name} is complete`];
  if (status === 'CANCELED') return ['INFO', `${name} was canceled`];
  return undefined;
}

function subjectOf({ type, subjects, payload }: EventDraft): LogSubject {
  // A bot that is gone cannot be referred to.
  if (type === 'BOT_DELETED') return {};
  if (type !== 'JOB_PROGRESSED') return { botId: subjects?.botId ?? null };
  const { kind, id } = payload as JobMoved;
  if (kind === 'BACKTEST') return { backtestId: id };
  if (kind === 'CANDLE_FETCH') return { candleFetchId: id };
  return kind === 'OPTIMIZATION' ? { optimizationId: id } : {};
}
