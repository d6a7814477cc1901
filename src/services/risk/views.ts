import type { KillSwitch } from '../../entities/operations/KillSwitch.ts';
import type { RiskLimit } from '../../entities/operations/RiskLimit.ts';
import type { StoredRefusal } from '../../entities/operations/RefusedOrder.ts';
import { canonical } from '../../trading/money.ts';
import type { OrderSide, OrderType } from '../../trading/order.ts';
import type { RiskAction, RiskLimitType } from '../../trading/risk-limits.ts';

/* Limits and halts as everybody outside sees them: plain, decimals as canonical text. */

/** RFC 3339 text in an event's payload, a date in a row that was just read. */
type Time = string | Date;

export interface RiskLimitView {
  readonly id: string;
  readonly version: number;
  readonly createdAt: Time;
  readonly updatedAt: Time;
  readonly type: RiskLimitType;
  readonly action: RiskAction;
  readonly value: string;
  readonly windowSeconds: number | null;
  readonly isActive: boolean;
  readonly strategyId: string | null;
  readonly exchangeId: string | null;
  readonly botId: string | null;
  readonly symbol: string | null;
  readonly latchedAt: Time | null;
  readonly latchReason: string | null;
  readonly releasedAt: Time | null;
  readonly releaseReason: string | null;
}

export interface KillSwitchView {
  readonly id: string;
  readonly version: number;
  readonly createdAt: Time;
  readonly updatedAt: Time;
  readonly botId: string | null;
  readonly mode: RiskAction;
  readonly reason: string;
  readonly isDrill: boolean;
  readonly activatedAt: Time;
  readonly releasedAt: Time | null;
  readonly releaseReason: string | null;
}

export interface RefusedOrderView {
  readonly id: string;
  readonly createdAt: Time;
  readonly botId: string | null;
  readonly exchangeId: string;
  readonly symbol: string;
  readonly side: OrderSide;
  readonly type: OrderType;
  readonly amount: string;
  readonly price: string;
  readonly isPaper: boolean;
  readonly refusals: readonly StoredRefusal[];
}

export function riskLimitView(limit: RiskLimit): RiskLimitView {
  return {
    id: limit.id,
    version: limit.version,
    createdAt: limit.createdAt.toISOString(),
    updatedAt: limit.updatedAt.toISOString(),
    type: limit.type,
    action: limit.action,
    value: canonical(limit.value),
    windowSeconds: limit.windowSeconds,
    isActive: limit.isActive,
    strategyId: limit.strategy?.id ?? null,
    exchangeId: limit.exchange?.id ?? null,
    botId: limit.bot?.id ?? null,
    symbol: limit.symbol,
    latchedAt: limit.latchedAt?.toISOString() ?? null,
    latchReason: limit.latchReason,
    releasedAt: limit.releasedAt?.toISOString() ?? null,
    releaseReason: limit.releaseReason,
  };
}

export function killSwitchView(killSwitch: KillSwitch): KillSwitchView {
  return {
    id: killSwitch.id,
    version: killSwitch.version,
    createdAt: killSwitch.createdAt.toISOString(),
    updatedAt: killSwitch.updatedAt.toISOString(),
    botId: killSwitch.bot?.id ?? null,
    mode: killSwitch.mode,
    reason: killSwitch.reason,
    isDrill: killSwitch.isDrill,
    activatedAt: killSwitch.activatedAt.toISOString(),
    releasedAt: killSwitch.releasedAt?.toISOString() ?? null,
    releaseReason: killSwitch.releaseReason,
  };
}
