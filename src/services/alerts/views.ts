import type { Alert, AlertType } from '../../entities/operations/Alert.ts';
import type { AlertTrigger } from '../../entities/operations/AlertTrigger.ts';
import { canonical } from '../../trading/money.ts';
import type { RowKey } from '../database/index.ts';
import type { AlertCondition } from './conditions.ts';

/* Alerts as everybody outside sees them: plain, decimals as canonical text; what events carry and queries answer. */

/** RFC 3339 text in an event's payload, a date in a row that was just read. */
type Time = string | Date;

export interface AlertView {
  readonly id: string;
  readonly version: number;
  readonly createdAt: Time;
  readonly updatedAt: Time;
  readonly name: string;
  readonly type: AlertType;
  readonly marketId: string | null;
  readonly botId: string | null;
  readonly condition: AlertCondition;
  readonly cooldownSeconds: number;
  readonly hysteresis: string;
  readonly isActive: boolean;
  readonly triggeredAt: Time | null;
}

export interface AlertTriggerView {
  readonly id: string;
  readonly createdAt: Time;
  readonly alertId: string;
  readonly botId: string | null;
  readonly message: string;
  readonly value: string | null;
  readonly heldBack: number;
  readonly occurredAt: Time;
}

/** Payload of an ALERT_TRIGGERED event. */
export interface AlertTriggered {
  readonly trigger: AlertTriggerView;
  readonly alert: AlertView;
}

export function alertView(alert: Alert): AlertView {
  return {
    id: alert.id,
    version: alert.version,
    createdAt: alert.createdAt.toISOString(),
    updatedAt: alert.updatedAt.toISOString(),
    name: alert.name,
    type: alert.type,
    marketId: alert.market?.id ?? null,
    botId: alert.bot?.id ?? null,
    condition: alert.condition as unknown as AlertCondition,
    cooldownSeconds: alert.cooldownSeconds,
    hysteresis: canonical(alert.hysteresis),
    isActive: alert.isActive,
    triggeredAt: alert.triggeredAt?.toISOString() ?? null,
  };
}

export function alertTriggerView(trigger: AlertTrigger): AlertTriggerView {
  return {
    id: trigger.id,
    createdAt: trigger.createdAt.toISOString(),
    alertId: trigger.alert.id,
    botId: trigger.bot?.id ?? null,
    message: trigger.message,
    value: trigger.value === null ? null : canonical(trigger.value),
    heldBack: trigger.heldBack,
    occurredAt: trigger.occurredAt.toISOString(),
  };
}

export const alertFields = [
  'id',
  'version',
  'createdAt',
  'updatedAt',
  'name',
  'type',
  'marketId',
  'botId',
  'condition',
  'cooldownSeconds',
  'hysteresis',
  'isActive',
  'triggeredAt',
] as const satisfies readonly RowKey<Alert>[];

export const triggerFields = [
  'id',
  'createdAt',
  'alertId',
  'botId',
  'message',
  'value',
  'heldBack',
  'occurredAt',
] as const satisfies readonly RowKey<AlertTrigger>[];
