import { LockMode, UniqueConstraintViolationException } from '@mikro-orm/core';
import { AppState } from '../../../entities/operations/AppState.ts';
import type { Clock } from '../../clock.ts';
import type { Database, EntityManager } from '../../database/index.ts';

const key = 'alerts.watch';

interface Held {
  readonly owner: string;
  /** Grows each time it changes hands. */
  readonly token: number;
  /** Milliseconds. */
  readonly expiresAt: number;
}

/** The lease was taken by another process: this one has to let go at once and write nothing. */
export class WatchLostError extends Error {
  constructor() {
    super('alerts are looked at by another process now');
    this.name = 'WatchLostError';
  }
}

/**
 * The right to look at alerts: one process has it for all of them, so that none is told twice. Every trigger is written in a transaction that
 * holds the lease's row and has checked it, so a process that was paused and overtaken cannot tell anything.
 */
export class WatchLease {
  readonly #database: Database;
  readonly #clock: Clock;
  /** Names this process, and no other that ever was. */
  readonly #owner: string;
  readonly #durationMs: number;
  #token: number | undefined;

  constructor(database: Database, clock: Clock, owner: string, durationMs: number) {
    this.#database = database;
    this.#clock = clock;
    this.#owner = owner;
    this.#durationMs = durationMs;
  }

  /** Takes the lease if it is free or expired, or extends it. @returns false when another process has it */
  async hold(): Promise<boolean> {
    try {
      const token = await this.#database.transaction((em) => this.#take(em));
      const isOurs = token !== undefined && (this.#token === undefined || this.#token === token);
      // Whoever lost it in between begins anew with the next look.
      this.#token = isOurs ? token : undefined;
      return isOurs;
    } catch (error) {
      // Two that wrote the first row at once: the other one has it.
      if (error instanceof UniqueConstraintViolationException) return false;
      throw error;
    }
  }

  /** @param em inside the transaction that is to be written. @throws WatchLostError */
  async assertHeld(em: EntityManager): Promise<void> {
    const row = await em.findOne(AppState, { key }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    const held = row?.value as Held | undefined;
    if (!held || held.owner !== this.#owner || held.token !== this.#token) throw new WatchLostError();
  }

  /** Gives it back, so that the next process need not wait for it to expire. */
  async release(): Promise<void> {
    if (this.#token === undefined) return;
    this.#token = undefined;
    await this.#database.transaction(async (em) => {
      const row = await em.findOne(AppState, { key }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const held = row?.value as Held | undefined;
      if (row && held?.owner === this.#owner) row.value = { ...held, expiresAt: 0 } satisfies Held;
    });
  }

  async #take(em: EntityManager): Promise<number | undefined> {
    const now = this.#clock.now().getTime();
    const expiresAt = now + this.#durationMs;
    const row = await em.findOne(AppState, { key }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!row) {
      em.create(AppState, { key, value: { owner: this.#owner, token: 1, expiresAt } satisfies Held });
      return 1;
    }
    const held = row.value as Held;
    const isOurs = held.owner === this.#owner && held.token === this.#token;
    if (!isOurs && held.expiresAt > now) return undefined;
    const token = isOurs ? held.token : held.token + 1;
    row.value = { owner: this.#owner, token, expiresAt } satisfies Held;
    return token;
  }
}
