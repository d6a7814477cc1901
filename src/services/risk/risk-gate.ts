import { KillSwitch } from '../../entities/operations/KillSwitch.ts';
import { RefusedOrder } from '../../entities/operations/RefusedOrder.ts';
import { RiskLimit } from '../../entities/operations/RiskLimit.ts';
import { decimal } from '../../trading/money.ts';
import type { OrderProposal, Oversight, RiskRefusal } from '../../trading/risk.ts';
import { haltOf, isHalting, type RiskAction, type RiskLimitType, sharpest } from '../../trading/risk-limits.ts';
import type { Clock } from '../clock.ts';
import { afterCommit, type Database, type EntityManager } from '../database/index.ts';
import type { EventDraft } from '../events/event.ts';
import { newId } from '../ids.ts';
import { lockPortfolio } from './lock.ts';
import { measure, type StoredLimit } from './measure.ts';
import { Portfolio } from './portfolio.ts';
import { covers, type RiskPlace, scopeText } from './scope.ts';
import { riskLimitView } from './views.ts';

/** A transaction that orders are written in, and the events that will be appended last. */
export interface RiskTransaction {
  readonly em: EntityManager;
  readonly events: EventDraft[];
}

/** What stands over a bot now. */
export interface Halt {
  readonly action: RiskAction;
  readonly reason: string;
}

export interface RiskGateParts {
  readonly database: Database;
  readonly clock: Clock;
  /** Told after a commit that has halted something: runners of this person must look. */
  readonly onHalted: (userId: string) => void;
}

/** Most limits that one person may have. */
export const mostRiskLimits = 200;

/**
 * The limits of a person, looked at inside the transaction that writes an order's intent. From `oversee` to the commit nobody else of theirs can
 * write one: what one order uses up of a limit, the next one sees, however many bots and processes there are.
 */
export class RiskGate {
  readonly #parts: RiskGateParts;

  constructor(parts: RiskGateParts) {
    this.#parts = parts;
  }

  /**
   * Measures every limit that covers a place, for an entry about to be made there. Limits that are found to be reached halt on the spot.
   * @param now of the exchange, ms UTC
   */
  async oversee(tx: RiskTransaction, place: RiskPlace, now: number): Promise<Oversight> {
    const killReason = await this.#killReason(tx.em, place);
    if ((await this.#limits(tx.em, place)).length === 0) return { limits: [], killReason };
    await this.#alone(tx, place);
    const limits = await this.#limits(tx.em, place);
    const portfolio = this.#portfolio(tx, place, now);
    const measured = [];
    for (const limit of limits) measured.push((await this.#look(tx, limit, portfolio, place)).measured);
    return { limits: measured, killReason };
  }

  /**
   * Looks at the limits that halt, after something has changed a place's result.
   * @returns types of the limits that have begun to halt just now
   */
  async watch(tx: RiskTransaction, place: RiskPlace, now: number): Promise<readonly RiskLimitType[]> {
    const isWatched = ({ terms }: StoredLimit): boolean => isHalting(terms.type) && terms.latchReason === null;
    if (!(await this.#limits(tx.em, place)).some(isWatched)) return [];
    await this.#alone(tx, place);
    const portfolio = this.#portfolio(tx, place, now);
    const halted: RiskLimitType[] = [];
    for (const limit of (await this.#limits(tx.em, place)).filter(isWatched))
      if ((await this.#look(tx, limit, portfolio, place)).isNew) halted.push(limit.terms.type);
    return halted;
  }

  /**
   * What kill switches and limits that halt do to a place now; null when nothing does.
   * @param em of the transaction that looks, if one does
   */
  async haltOf(em: EntityManager | undefined, place: RiskPlace): Promise<Halt | null> {
    const rows = this.#parts.database.rows(place.userId, em);
    const switches = (await activeSwitches(em, this.#parts.database, place)).map(({ mode, reason }) => ({
      action: mode,
      reason,
    }));
    const latched = await rows.list(RiskLimit, {
      fields: ['action', 'latchReason', 'strategyId', 'exchangeId', 'botId', 'symbol'],
      where: { isActive: { eq: true }, latchedAt: { isNull: false } },
      limit: mostRiskLimits,
    });
    const limits = latched
      .filter((limit) => covers(limit, place))
      .map(({ action, latchReason }) => ({ action, reason: latchReason ?? '' }));
    const halts = [...switches, ...limits];
    const action = sharpest(halts.map((halt) => halt.action));
    return halts.find((halt) => halt.action === action) ?? null;
  }

  /** Remembers an entry that was not made, with its reasons. */
  async remember(
    { em }: RiskTransaction,
    place: RiskPlace,
    order: OrderProposal,
    refusals: readonly RiskRefusal[],
  ): Promise<void> {
    const { userId, botId, exchangeId, symbol, isPaper } = place;
    const refused = em.create(RefusedOrder, {
      id: newId(),
      user: userId,
      bot: botId,
      exchange: exchangeId,
      symbol,
      side: order.side,
      type: order.type,
      amount: order.amount,
      price: order.price ?? order.stopPrice ?? order.referencePrice,
      isPaper,
      refusals: refusals.map((refusal) => ({ ...refusal })),
    });
    em.persist(refused);
    await em.flush();
  }

  async #killReason(em: EntityManager, place: RiskPlace): Promise<string | null> {
    const [first] = await activeSwitches(em, this.#parts.database, place);
    return first?.reason ?? null;
  }

  /** Everything written so far can be read, and nobody else of this person writes until the transaction ends. */
  async #alone({ em }: RiskTransaction, { userId }: RiskPlace): Promise<void> {
    await em.flush();
    await lockPortfolio(em, this.#parts.database.dialect, userId);
  }

  #portfolio({ em }: RiskTransaction, place: RiskPlace, now: number): Portfolio {
    return new Portfolio(this.#parts.database.rows(place.userId, em), place, now);
  }

  async #limits(em: EntityManager, place: RiskPlace): Promise<StoredLimit[]> {
    const rows = await this.#parts.database.rows(place.userId, em).list(RiskLimit, {
      fields: limitFields,
      where: { isActive: { eq: true } },
      orderBy: [{ field: 'createdAt' }],
      limit: mostRiskLimits,
    });
    return rows
      .filter((row) => covers(row, place))
      .map(({ id, type, value, latchReason, latchedAt, marks, windowSeconds, ...scope }) => ({
        ...scope,
        windowSeconds,
        marks: marks ?? {},
        terms: {
          id,
          type,
          value: decimal(value),
          scope: scopeText(scope, place.botName),
          latchReason: latchedAt === null ? null : (latchReason ?? ''),
        },
      }));
  }

  async #look(tx: RiskTransaction, limit: StoredLimit, portfolio: Portfolio, place: RiskPlace) {
    const { measured, marks } = await measure(limit, portfolio);
    if (marks) await tx.em.nativeUpdate(RiskLimit, { id: limit.terms.id }, { marks: { ...marks } });
    const reached = limit.terms.latchReason === null ? haltOf(measured) : null;
    if (!reached) return { measured, isNew: false };
    await this.#latch(tx, limit, reached.message, place);
    return { measured: { ...measured, limit: { ...measured.limit, latchReason: reached.message } }, isNew: true };
  }

  async #latch({ em, events }: RiskTransaction, { terms }: StoredLimit, reason: string, place: RiskPlace): Promise<void> {
    const row = await em.findOneOrFail(RiskLimit, { id: terms.id }, { refresh: true });
    row.latchedAt = this.#parts.clock.now();
    row.latchReason = reason;
    row.releasedAt = null;
    row.releaseReason = null;
    await em.flush();
    events.push({
      userId: place.userId,
      type: 'RISK_LIMIT_REACHED',
      subjects: { botId: place.botId },
      payload: { limit: riskLimitView(row), reason, botId: place.botId },
    });
    afterCommit(() => this.#parts.onHalted(place.userId));
  }
}

const limitFields = [
  'id',
  'type',
  'value',
  'windowSeconds',
  'latchedAt',
  'latchReason',
  'marks',
  'strategyId',
  'exchangeId',
  'botId',
  'symbol',
] as const;

/** Halts that a person has called and not released, over everything or over this bot. */
async function activeSwitches(em: EntityManager | undefined, database: Database, { userId, botId }: RiskPlace) {
  const rows = await database.rows(userId, em).list(KillSwitch, {
    fields: ['mode', 'reason', 'botId'],
    where: { releasedAt: { isNull: true } },
    limit: 1000,
  });
  return rows.filter((row) => row.botId === null || row.botId === botId);
}
