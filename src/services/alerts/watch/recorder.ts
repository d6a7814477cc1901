import { Alert } from '../../../entities/operations/Alert.ts';
import { AlertTrigger } from '../../../entities/operations/AlertTrigger.ts';
import { Decimal } from '../../../trading/money.ts';
import { clipped } from '../../clip.ts';
import type { Database, EntityManager } from '../../database/index.ts';
import type { EventLog } from '../../events/log.ts';
import { newId } from '../../ids.ts';
import type { AlertCondition, AlertState } from '../conditions.ts';
import { alertTriggerView, alertView, type AlertTriggered } from '../views.ts';
import type { WatchLease } from './lease.ts';
import type { Finding } from './verdict.ts';

/** An alert that is looked at, as it was when that began. */
export interface WatchedAlert {
  readonly id: string;
  readonly userId: string;
  readonly version: number;
  readonly name: string;
  readonly condition: AlertCondition;
  readonly botId: string | null;
  readonly cooldownSeconds: number;
  readonly hysteresis: string;
  readonly state: AlertState;
  /** Of alerts that are looked at with candles. */
  readonly market: { readonly exchange: string; readonly symbol: string } | null;
}

/** Its owner has changed, switched off or deleted the alert: what was found by its old terms is not told. */
export class AlertChangedError extends Error {
  constructor(name: string) {
    super(`the alert "${name}" was changed while it was looked at`);
    this.name = 'AlertChangedError';
  }
}

/** Writes how far looking has come, and what was found: state, row of the history and event in one transaction. */
export class Recorder {
  readonly #database: Database;
  readonly #log: EventLog;
  readonly #lease: WatchLease;

  constructor(database: Database, log: EventLog, lease: WatchLease) {
    this.#database = database;
    this.#log = log;
    this.#lease = lease;
  }

  /** @throws AlertChangedError, WatchLostError; nothing is written then */
  record(alert: WatchedAlert, state: AlertState, finding: Finding | null): Promise<void> {
    return this.#database.transaction(async (em) => {
      await this.#lease.assertHeld(em);
      if (!(await this.#update(em, alert, state, finding))) throw new AlertChangedError(alert.name);
      if (!finding) return;
      const trigger = em.create(AlertTrigger, {
        id: newId(),
        user: alert.userId,
        alert: alert.id,
        bot: finding.botId,
        message: clipped(finding.message, 2000),
        value: finding.value === null ? null : new Decimal(finding.value).toDecimalPlaces(18),
        heldBack: finding.heldBack,
        occurredAt: new Date(finding.at),
      });
      await em.persist(trigger).flush();
      const row = await em.findOneOrFail(Alert, { id: alert.id });
      const payload: AlertTriggered = { trigger: alertTriggerView(trigger), alert: alertView(row) };
      const subjects = { alertId: alert.id, botId: finding.botId };
      await this.#log.append(em, { userId: alert.userId, type: 'ALERT_TRIGGERED', subjects, payload });
    });
  }

  /**
   * Written by hand because it must leave the row's version alone: how far looking has come is no change that its owner would have to read first.
   * @returns false when the alert is not what it was
   */
  async #update(em: EntityManager, alert: WatchedAlert, state: AlertState, finding: Finding | null): Promise<boolean> {
    const isSqlite = this.#database.dialect === 'sqlite';
    const at = finding && new Date(finding.at);
    const rows: unknown[] = await em.execute(
      `update alerts set state = ${isSqlite ? '?' : '?::jsonb'}${at ? ', triggered_at = ?' : ''} where id = ? and version = ? returning id`,
      [JSON.stringify(state), ...(at ? [isSqlite ? at.getTime() : at.toISOString()] : []), alert.id, alert.version],
    );
    return rows.length > 0;
  }
}
