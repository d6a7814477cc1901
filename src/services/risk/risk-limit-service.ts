import { LockMode, OptimisticLockError } from '@mikro-orm/core';
import { Exchange } from '../../entities/exchange/Exchange.ts';
import { RefusedOrder } from '../../entities/operations/RefusedOrder.ts';
import { RiskLimit } from '../../entities/operations/RiskLimit.ts';
import { Bot } from '../../entities/trading/Bot.ts';
import { Strategy } from '../../entities/trading/Strategy.ts';
import { RiskAction } from '../../trading/risk-limits.ts';
import type { Clock } from '../clock.ts';
import type { Count, Database, EntityManager, Page, PageArguments, RowFilter, RowKey } from '../database/index.ts';
import { DomainError, notFound } from '../errors.ts';
import { unknownExchange } from '../exchanges/exchanges.ts';
import { newId } from '../ids.ts';
import { audit } from '../security/audit.ts';
import type { Viewer } from '../viewer.ts';
import { lockPortfolio } from './lock.ts';
import { mostRiskLimits } from './risk-gate.ts';
import { checkedLimit, checkedReason, type CreateRiskLimit, type UpdateRiskLimit } from './risk-limit-input.ts';
import { type RefusedOrderView, type RiskLimitView, riskLimitView } from './views.ts';

export interface RiskLimitServiceParts {
  readonly database: Database;
  readonly clock: Clock;
  /** Whoever runs bots; told after what stands over somebody's bots has changed. */
  readonly runners: { wakeAll(userId: string): void };
}

const idPath = ['input', 'id'];
const patchPath = ['input', 'patch'];

/** People's limits: made, changed, released, deleted; and what they have refused. Looking at orders with them is the gate's. */
export class RiskLimitService {
  readonly #parts: RiskLimitServiceParts;

  constructor(parts: RiskLimitServiceParts) {
    this.#parts = parts;
  }

  page(viewer: Viewer, args: PageArguments): Promise<Page<RiskLimitView>> {
    const orderBy = [{ field: 'createdAt', direction: 'DESC' }] as const;
    return this.#parts.database.rows(viewer.userId).page(RiskLimit, { fields: limitFields, orderBy }, args);
  }

  count(viewer: Viewer): Promise<Count> {
    return this.#parts.database.rows(viewer.userId).countUpTo(RiskLimit);
  }

  byIds(viewer: Viewer, ids: readonly string[]): Promise<Map<string, RiskLimitView>> {
    return this.#parts.database.rows(viewer.userId).byIds(RiskLimit, ids, limitFields);
  }

  /** Entries that limits have refused, newest first. @param botId only those of one bot */
  refusedPage(viewer: Viewer, args: PageArguments, botId?: string): Promise<Page<RefusedOrderView>> {
    const orderBy = [{ field: 'createdAt', direction: 'DESC' }] as const;
    return this.#parts.database
      .rows(viewer.userId)
      .page(RefusedOrder, { fields: refusedFields, orderBy, where: ofBot(botId) }, args);
  }

  refusedCount(viewer: Viewer, botId?: string): Promise<Count> {
    return this.#parts.database.rows(viewer.userId).countUpTo(RefusedOrder, ofBot(botId));
  }

  refusedByIds(viewer: Viewer, ids: readonly string[]): Promise<Map<string, RefusedOrderView>> {
    return this.#parts.database.rows(viewer.userId).byIds(RefusedOrder, ids, refusedFields);
  }

  /** Makes a limit; it counts from the next order on. @throws DomainError REQUIRED, INVALID, NOT_FOUND */
  create(viewer: Viewer, input: CreateRiskLimit): Promise<RiskLimitView> {
    const columns = checkedLimit(
      {
        type: input.type,
        value: input.value ?? null,
        action: input.action ?? RiskAction.BLOCK_ENTRIES,
        windowSeconds: input.windowSeconds ?? null,
        symbol: checkedSymbol(input.symbol),
      },
      ['input'],
    );
    return this.#write(viewer, async (em) => {
      const references = await this.#references(viewer, em, input);
      const { value } = await this.#parts.database.rows(viewer.userId, em).countUpTo(RiskLimit, undefined, mostRiskLimits);
      if (value >= mostRiskLimits)
        throw new DomainError('INVALID', `you have ${value} risk limits, the maximum is ${mostRiskLimits}`, {
          details: { limit: String(mostRiskLimits) },
        });
      const limit = em.create(RiskLimit, {
        id: newId(),
        user: viewer.userId,
        ...references,
        ...columns,
        isActive: input.isActive ?? true,
      });
      await em.persist(limit).flush();
      return limit;
    });
  }

  /** Changes what is given. @throws DomainError NOT_FOUND, VERSION_CONFLICT, INVALID_TRANSITION while it halts, REQUIRED, INVALID */
  update(viewer: Viewer, { id, expectedVersion, patch }: UpdateRiskLimit): Promise<RiskLimitView> {
    return this.#write(viewer, async (em) => {
      const limit = await locked(em, id, expectedVersion);
      assertReleased(limit, 'changed');
      const { type, symbol } = limit;
      Object.assign(
        limit,
        checkedLimit(
          {
            type,
            symbol,
            value: patch.value === undefined ? limit.value : patch.value,
            action: patch.action === undefined ? limit.action : (patch.action ?? RiskAction.BLOCK_ENTRIES),
            windowSeconds: patch.windowSeconds === undefined ? limit.windowSeconds : patch.windowSeconds,
          },
          patchPath,
        ),
      );
      limit.isActive = patch.isActive ?? limit.isActive;
      await em.flush();
      return limit;
    });
  }

  /**
   * Lets a limit that halts go: entries may be made again, and counting begins anew.
   * @throws DomainError NOT_FOUND, VERSION_CONFLICT, INVALID_TRANSITION when it does not halt, REQUIRED, INVALID
   */
  release(viewer: Viewer, id: string, reason: string, expectedVersion?: number | null): Promise<RiskLimitView> {
    const text = checkedReason(reason, ['input', 'reason']);
    return this.#write(viewer, async (em) => {
      const limit = await locked(em, id, expectedVersion);
      if (limit.latchedAt === null)
        throw new DomainError(
          'INVALID_TRANSITION',
          `the limit ${limit.type} does not halt anything: there is nothing to release`,
          {
            path: idPath,
          },
        );
      limit.latchedAt = null;
      limit.latchReason = null;
      limit.releasedAt = this.#parts.clock.now();
      limit.releaseReason = text;
      limit.marks = { beginsAnew: true, after: newId() };
      await em.flush();
      return limit;
    });
  }

  /** Deletes a limit that does not halt. @returns its id @throws DomainError NOT_FOUND, VERSION_CONFLICT, INVALID_TRANSITION */
  async delete(viewer: Viewer, id: string, expectedVersion?: number | null): Promise<string> {
    await this.#write(viewer, async (em) => {
      const limit = await locked(em, id, expectedVersion);
      assertReleased(limit, 'deleted');
      await em.nativeDelete(RiskLimit, { id });
      return limit;
    });
    return id;
  }

  /** The rows that a limit refers to, all of them the viewer's. */
  async #references(
    viewer: Viewer,
    em: EntityManager,
    { botId, strategyId, exchange }: CreateRiskLimit,
  ): Promise<{ bot: string | null; strategy: string | null; exchange: string | null }> {
    const rows = this.#parts.database.rows(viewer.userId, em);
    if (typeof botId === 'string' && !(await rows.find(Bot, botId, ['id']))) throw notFound('bot', botId, ['input', 'botId']);
    if (typeof strategyId === 'string' && !(await rows.find(Strategy, strategyId, ['id'])))
      throw notFound('strategy', strategyId, ['input', 'strategyId']);
    const found = typeof exchange === 'string' ? await em.findOne(Exchange, { name: exchange }) : null;
    if (typeof exchange === 'string' && !found) throw unknownExchange(exchange);
    return { bot: botId ?? null, strategy: strategyId ?? null, exchange: found?.id ?? null };
  }

  /** Changes limits while no order of this person is being approved, and tells whoever runs their bots. */
  async #write(viewer: Viewer, work: (em: EntityManager) => Promise<RiskLimit>): Promise<RiskLimitView> {
    const { database, clock, runners } = this.#parts;
    const { userId } = viewer;
    try {
      const view = await database.transaction(
        async (em) => {
          await lockPortfolio(em, database.dialect, userId);
          const changed = riskLimitView(await work(em));
          audit(em, { userId, type: 'LIMITS_CHANGED', at: clock.now(), details: { riskLimit: changed } });
          return changed;
        },
        { userId },
      );
      runners.wakeAll(userId);
      return view;
    } catch (error) {
      if (error instanceof OptimisticLockError)
        throw new DomainError('VERSION_CONFLICT', 'the limit was changed by somebody else meanwhile: read it again');
      throw error;
    }
  }
}

async function locked(em: EntityManager, id: string, expected: number | null | undefined): Promise<RiskLimit> {
  const limit = await em.findOne(RiskLimit, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!limit) throw notFound('risk limit', id, idPath);
  if (expected === null || expected === undefined || expected === limit.version) return limit;
  throw new DomainError(
    'VERSION_CONFLICT',
    `the limit ${limit.type} has version ${limit.version}, not ${expected}: read it again`,
    {
      path: ['input', 'expectedVersion'],
      details: { currentVersion: limit.version },
    },
  );
}

function assertReleased(limit: RiskLimit, what: string): void {
  if (limit.latchedAt === null) return;
  throw new DomainError(
    'INVALID_TRANSITION',
    `the limit ${limit.type} halts and cannot be ${what}: release it first, with a reason`,
    { path: idPath },
  );
}

function checkedSymbol(symbol: string | null | undefined): string | null {
  if (symbol === null || symbol === undefined) return null;
  if (/^[^\s/]{1,20}\/[^\s/]{1,38}$/.test(symbol)) return symbol;
  throw new DomainError('INVALID', `symbol "${symbol.slice(0, 60)}" is not like "BTC/USDT"`, { path: ['input', 'symbol'] });
}

function ofBot(botId: string | undefined): RowFilter<RefusedOrder> {
  return botId === undefined ? {} : { botId: { eq: botId } };
}

const limitFields = [
  'id',
  'version',
  'createdAt',
  'updatedAt',
  'type',
  'action',
  'value',
  'windowSeconds',
  'isActive',
  'strategyId',
  'exchangeId',
  'botId',
  'symbol',
  'latchedAt',
  'latchReason',
  'releasedAt',
  'releaseReason',
] as const satisfies readonly RowKey<RiskLimit>[];

const refusedFields = [
  'id',
  'createdAt',
  'botId',
  'exchangeId',
  'symbol',
  'side',
  'type',
  'amount',
  'price',
  'isPaper',
  'refusals',
] as const satisfies readonly RowKey<RefusedOrder>[];
