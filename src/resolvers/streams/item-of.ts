import type { AlertTriggered as AlertTriggeredPayload } from '../../services/alerts/views.ts';
import type { BotView } from '../../services/bots/bot-view.ts';
import type { FundsTransferView } from '../../services/bots/funds-ledger.ts';
import type { JobStatus } from '../../entities/research/JobStatus.ts';
import type { LoggedEvent } from '../../services/events/event.ts';
import type { LogEntryView } from '../../services/events/log-line.ts';
import type { StreamItem as HubItem } from '../../services/events/stream.ts';
import type { ClosedTradeView, OrderView, PositionView, TradeView } from '../../services/orders/views.ts';
import type { BotStatus } from '../../trading/bot.ts';
import type { OrderStatus } from '../../trading/order.ts';
import { alertOf, alertTriggerOf } from '../alerts/types.ts';
import { fundsTransferOf } from '../bots/funds-transfers.ts';
import { botOf } from '../bots/types.ts';
import { type IdPrefix, toGlobalId } from '../ids.ts';
import { logEntryOf } from '../logs/types.ts';
import { closedTradeOf } from '../orders/closed-trade.ts';
import { orderOf } from '../orders/order.ts';
import { positionOf } from '../orders/position.ts';
import { tradeOf } from '../orders/trade.ts';
import {
  AlertTriggered,
  BotDeleted,
  BotStateChanged,
  Checkpoint,
  FundsTransferChanged,
  JobChanged,
  LogAppended,
  OrderChanged,
  OrderFilled,
  PositionChanged,
  SnapshotEnd,
  type StreamItem,
  StreamReset,
} from './items.ts';

/** An item of a snapshot, before it has its place in the stream. */
export type SnapshotItem =
  | { readonly kind: 'ORDER'; readonly order: OrderView }
  | { readonly kind: 'FILL'; readonly trade: TradeView; readonly order: OrderView }
  | { readonly kind: 'BOT'; readonly bot: BotView }
  | { readonly kind: 'POSITION'; readonly position: PositionView }
  | { readonly kind: 'JOB'; readonly job: JobTold }
  | { readonly kind: 'LOG'; readonly entry: LogEntryView }
  | { readonly kind: 'ALERT'; readonly triggered: AlertTriggeredPayload };

/** How a job stands, whatever kind of job it is. */
export interface JobTold {
  readonly kind: 'BACKTEST' | 'CANDLE_FETCH' | 'OPTIMIZATION' | 'MONTE_CARLO';
  readonly id: string;
  readonly status: JobStatus;
  readonly progressPercent: number;
  readonly failureReason: string | null;
  readonly version: number;
}

/** What an event's payload holds, by the event's type. */
interface Payloads {
  readonly ORDER_CHANGED: { readonly previousStatus: OrderStatus | null; readonly order: OrderView };
  readonly ORDER_FILLED: { readonly trade: TradeView; readonly order: OrderView };
  readonly BOT_CHANGED: { readonly previousStatus: BotStatus; readonly bot: BotView };
  readonly BOT_STATE_CHANGED: { readonly previousStatus: BotStatus; readonly bot: BotView };
  readonly BOT_DELETED: { readonly deletedId: string };
  readonly FUNDS_TRANSFER_CHANGED: { readonly transfer: FundsTransferView };
  readonly POSITION_CHANGED: { readonly position: PositionView; readonly closedTrade: ClosedTradeView | null };
  readonly JOB_PROGRESSED: JobTold;
  readonly LOG_APPENDED: LogEntryView;
  readonly ALERT_TRIGGERED: AlertTriggeredPayload;
  readonly POSITION_CLOSED: { readonly position: PositionView; readonly closedTrade: ClosedTradeView | null };
}

/** Events that the streams know how to tell. */
export type ToldType = keyof Payloads;

function told<T extends ToldType>(event: LoggedEvent, type: T): Payloads[T] | undefined {
  return event.type === type ? (event.payload as Payloads[T]) : undefined;
}

/** What a client is sent for an item of the hub. */
export function itemOf(item: HubItem<SnapshotItem>): StreamItem {
  const { cursor, at } = item;
  switch (item.kind) {
    case 'CHECKPOINT':
      return Object.assign(new Checkpoint(), { cursor, at });
    case 'SNAPSHOT_END':
      return Object.assign(new SnapshotEnd(), { cursor, at });
    case 'RESET':
      return Object.assign(new StreamReset(), { cursor, at, reason: item.reason });
    case 'SNAPSHOT':
      return Object.assign(snapshotItem(item.item), { cursor, at });
    case 'EVENT':
      return Object.assign(eventItem(item.event), { cursor, at });
  }
}

function snapshotItem(item: SnapshotItem): StreamItem {
  const isSnapshot = true;
  const previousStatus = null;
  switch (item.kind) {
    case 'ORDER':
      return Object.assign(new OrderChanged(), { isSnapshot, previousStatus, order: orderOf(item.order) });
    case 'FILL':
      return Object.assign(new OrderFilled(), { isSnapshot, trade: tradeOf(item.trade), order: orderOf(item.order) });
    case 'BOT':
      return Object.assign(new BotStateChanged(), { isSnapshot, previousStatus, bot: botOf(item.bot) });
    case 'POSITION':
      return Object.assign(new PositionChanged(), { isSnapshot, position: positionOf(item.position), closedTrade: null });
    case 'JOB':
      return jobChanged(item.job, isSnapshot);
    case 'LOG':
      return Object.assign(new LogAppended(), { isSnapshot, entry: logEntryOf(item.entry) });
    case 'ALERT':
      return alertTriggered(item.triggered, isSnapshot);
  }
}

function eventItem(event: LoggedEvent): StreamItem {
  const isSnapshot = false;
  const changed = told(event, 'ORDER_CHANGED');
  if (changed)
    return Object.assign(new OrderChanged(), {
      isSnapshot,
      previousStatus: changed.previousStatus,
      order: orderOf(changed.order),
    });
  const filled = told(event, 'ORDER_FILLED');
  if (filled) return Object.assign(new OrderFilled(), { isSnapshot, trade: tradeOf(filled.trade), order: orderOf(filled.order) });
  const bot = told(event, 'BOT_STATE_CHANGED') ?? told(event, 'BOT_CHANGED');
  if (bot) return Object.assign(new BotStateChanged(), { isSnapshot, previousStatus: bot.previousStatus, bot: botOf(bot.bot) });
  const deleted = told(event, 'BOT_DELETED');
  if (deleted) return Object.assign(new BotDeleted(), { deletedId: toGlobalId('bot', deleted.deletedId) });
  const funds = told(event, 'FUNDS_TRANSFER_CHANGED');
  if (funds) return Object.assign(new FundsTransferChanged(), { transfer: fundsTransferOf(funds.transfer) });
  const job = told(event, 'JOB_PROGRESSED');
  if (job) return jobChanged(job, isSnapshot);
  const entry = told(event, 'LOG_APPENDED');
  if (entry) return Object.assign(new LogAppended(), { isSnapshot, entry: logEntryOf(entry) });
  const triggered = told(event, 'ALERT_TRIGGERED');
  if (triggered) return alertTriggered(triggered, isSnapshot);
  const position = told(event, 'POSITION_CHANGED') ?? told(event, 'POSITION_CLOSED');
  if (!position) throw new Error(`no stream tells events of type ${event.type}`);
  const closedTrade = position.closedTrade && closedTradeOf(position.closedTrade);
  return Object.assign(new PositionChanged(), { isSnapshot, position: positionOf(position.position), closedTrade });
}

const prefixes: Readonly<Record<JobTold['kind'], IdPrefix>> = {
  BACKTEST: 'bt',
  CANDLE_FETCH: 'cfe',
  OPTIMIZATION: 'opt',
  MONTE_CARLO: 'mc',
};

function alertTriggered({ trigger, alert }: AlertTriggeredPayload, isSnapshot: boolean): AlertTriggered {
  return Object.assign(new AlertTriggered(), { isSnapshot, trigger: alertTriggerOf(trigger), alert: alertOf(alert) });
}

function jobChanged({ kind, id, status, progressPercent, failureReason, version }: JobTold, isSnapshot: boolean): JobChanged {
  const jobId = toGlobalId(prefixes[kind], id);
  return Object.assign(new JobChanged(), { isSnapshot, jobId, status, progressPercent, failureReason, version });
}
