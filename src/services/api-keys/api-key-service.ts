import { LockMode, OptimisticLockError, UniqueConstraintViolationException } from '@mikro-orm/core';
import { ApiKey, type ApiKeyPermission } from '../../entities/exchange/ApiKey.ts';
import { Exchange } from '../../entities/exchange/Exchange.ts';
import type { AuditEventType } from '../../entities/identity/AuditEvent.ts';
import { User } from '../../entities/identity/User.ts';
import { Bot } from '../../entities/trading/Bot.ts';
import { BotStatus } from '../../trading/bot.ts';
import { clipped } from '../clip.ts';
import type { Clock } from '../clock.ts';
import type { Count, Database, EntityManager, Page, PageArguments } from '../database/index.ts';
import { DomainError, notFound } from '../errors.ts';
import { unknownExchange } from '../exchanges/exchanges.ts';
import type { ExchangeCredentials, KeyProbe } from '../exchanges/key-probe.ts';
import { newId } from '../ids.ts';
import { checkedName } from '../input-checks.ts';
import { audit } from '../security/audit.ts';
import type { Vault } from '../security/vault.ts';
import type { Viewer } from '../viewer.ts';
import { assertUsable, objectionTo } from './abilities.ts';
import { checkedSecrets, type CreateApiKey, type RotateApiKey, type UpdateApiKey } from './api-key-input.ts';
import { apiKeyFields, apiKeyView, type ApiKeyView } from './api-key-view.ts';
import { kept, sealedColumns, secretColumns, secretsOf } from './sealed.ts';

export interface ApiKeyServiceParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly vault: Vault;
  readonly probe: KeyProbe;
  /** Told after a key was given new secrets: whoever trades with it has to begin anew. */
  readonly onRotated?: (keyId: string) => void;
}

/** What the exchange says of a key. */
interface Found {
  /** What is wrong with it; absent when nothing is. */
  readonly problem?: string | undefined;
  readonly canTransfer: boolean | null;
}

/** Keys that one person may have. */
const mostKeys = 50;
const hintLength = 4;
const idPath = ['input', 'id'];
const labelPath = ['input', 'label'];

/** People's keys of their accounts at exchanges. Secrets go in, encrypted, and come out for the exchange's client only. */
export class ApiKeyService {
  readonly #parts: ApiKeyServiceParts;

  constructor(parts: ApiKeyServiceParts) {
    this.#parts = parts;
  }

  /**
   * Asks the exchange what the key may do, then stores it, encrypted. One that may withdraw is refused.
   * @throws DomainError REQUIRED, INVALID, TAKEN, NOT_FOUND for an exchange, EXCHANGE_REJECTED, EXCHANGE_UNAVAILABLE
   */
  async create(viewer: Viewer, input: CreateApiKey, ip?: string): Promise<ApiKeyView> {
    const label = checkedName('the label of the key', input.label, labelPath);
    const exchange = await this.#exchange(input.exchange);
    const credentials = kept(checkedSecrets(input));
    await this.#assertRoom(viewer, label);
    const abilities = await this.#parts.probe.abilities(exchange.name, credentials);
    assertUsable(exchange.name, input.permission, abilities);
    return this.#write(viewer, label, async (em) => {
      await this.#assertRoom(viewer, label, em);
      const id = newId();
      const key = em.create(ApiKey, {
        id,
        user: em.getReference(User, viewer.userId, { wrapped: true }),
        exchange: exchange.id,
        label,
        permission: input.permission,
        ...this.#sealed(id, viewer.userId, credentials),
        canTransfer: abilities.canTransfer,
        isValid: true,
        lastValidatedAt: this.#parts.clock.now(),
      });
      await em.persist(key).flush();
      this.#audit(em, key, exchange.name, 'API_KEY_CREATED', ip);
      return apiKeyView(key);
    });
  }

  /** Calls a key something else. @throws DomainError NOT_FOUND, VERSION_CONFLICT, REQUIRED, INVALID, TAKEN */
  async update(viewer: Viewer, input: UpdateApiKey, ip?: string): Promise<ApiKeyView> {
    const label = checkedName('the label of the key', input.label, labelPath);
    return this.#write(viewer, label, async (em) => {
      const key = await this.#locked(em, input.id, input.expectedVersion);
      if (label !== key.label) {
        await this.#assertFree(viewer, label, em);
        const before = key.label;
        key.label = label;
        await em.flush();
        this.#audit(em, key, await exchangeName(em, key), 'API_KEY_CHANGED', ip, { before });
      }
      return apiKeyView(key);
    });
  }

  /**
   * Puts new secrets in the place of the old ones, in one step, after asking the exchange about them. Bots that trade with the key begin
   * anew with the new ones.
   * @throws DomainError NOT_FOUND, VERSION_CONFLICT, REQUIRED, INVALID, EXCHANGE_REJECTED, EXCHANGE_UNAVAILABLE
   */
  async rotate(viewer: Viewer, input: RotateApiKey, ip?: string): Promise<ApiKeyView> {
    const credentials = kept(checkedSecrets(input));
    const { exchange, permission, version } = await this.#stored(viewer, input.id, input.expectedVersion);
    const abilities = await this.#parts.probe.abilities(exchange, credentials);
    assertUsable(exchange, permission, abilities);
    const view = await this.#write(viewer, '', async (em) => {
      const key = await this.#locked(em, input.id, version);
      Object.assign(key, this.#sealed(key.id, viewer.userId, credentials));
      this.#mark(key, { canTransfer: abilities.canTransfer });
      // Whoever holds the old secrets has to let go of them.
      key.leaseToken += 1;
      await em.flush();
      this.#audit(em, key, exchange, 'API_KEY_ROTATED', ip);
      return apiKeyView(key);
    });
    this.#parts.onRotated?.(view.id);
    return view;
  }

  /**
   * Asks the exchange once more what the key may do, and keeps the answer: a key that it does not take any more, or that may withdraw
   * meanwhile, is not valid from then on.
   * @throws DomainError NOT_FOUND, VERSION_CONFLICT when it was changed meanwhile, INVALID when its secrets do not open, EXCHANGE_UNAVAILABLE
   */
  async validate(viewer: Viewer, id: string, ip?: string): Promise<ApiKeyView> {
    const { exchange, permission, version } = await this.#stored(viewer, id);
    const row = await this.#parts.database.rows(viewer.userId).find(ApiKey, id, secretColumns);
    if (!row) throw notFound('API key', id, idPath);
    const found = await this.#foundOf(exchange, permission, secretsOf(this.#parts.vault, row));
    return this.#write(viewer, '', async (em) => {
      const key = await this.#locked(em, id, version);
      this.#mark(key, found);
      await em.flush();
      this.#audit(em, key, exchange, 'API_KEY_VALIDATED', ip, { isValid: key.isValid });
      return apiKeyView(key);
    });
  }

  /**
   * Deletes a key that no bot trades with. Bots that are STOPPED stay, without a key.
   * @returns the id that it had
   * @throws DomainError NOT_FOUND, VERSION_CONFLICT, INVALID_TRANSITION naming the bot
   */
  async delete(viewer: Viewer, id: string, expectedVersion?: number | null, ip?: string): Promise<string> {
    return this.#write(viewer, '', async (em) => {
      const key = await this.#locked(em, id, expectedVersion);
      const bot = await em.findOne(
        Bot,
        { apiKey: id, state: { status: { $ne: BotStatus.STOPPED } } },
        { populate: ['state'], orderBy: { createdAt: 'asc' } },
      );
      const status = bot?.state?.getEntity().status;
      if (bot)
        throw new DomainError(
          'INVALID_TRANSITION',
          `bot "${bot.name}" trades with key "${key.label}" and is ${status}: stop it first`,
          {
            path: idPath,
            details: { from: status },
          },
        );
      this.#audit(em, key, await exchangeName(em, key), 'API_KEY_DELETED', ip);
      await em.nativeDelete(ApiKey, { id });
      return id;
    });
  }

  /** The viewer's keys, newest first. */
  page(viewer: Viewer, args: PageArguments): Promise<Page<ApiKeyView>> {
    return this.#parts.database
      .rows(viewer.userId)
      .page(ApiKey, { fields: apiKeyFields, orderBy: [{ field: 'createdAt', direction: 'DESC' }] }, args);
  }

  count(viewer: Viewer): Promise<Count> {
    return this.#parts.database.rows(viewer.userId).countUpTo(ApiKey);
  }

  /** By id; those that are missing or somebody else's are left out. */
  byIds(viewer: Viewer, ids: readonly string[]): Promise<Map<string, ApiKeyView>> {
    return this.#parts.database.rows(viewer.userId).byIds(ApiKey, ids, apiKeyFields);
  }

  async #exchange(name: string): Promise<{ id: string; name: string }> {
    const path = ['input', 'exchange'];
    const { probe, database } = this.#parts;
    if (name === 'sim') throw new DomainError('INVALID', 'sim, the simulated market, needs no key', { path });
    const row = await database.systemRows().first(Exchange, { fields: ['id', 'name'], where: { name: { eq: name } } });
    if (!row) {
      const { code, message, details } = unknownExchange(name);
      throw new DomainError(code, message, { details, path });
    }
    if (!probe.exchanges.includes(name))
      throw new DomainError('INVALID', `keys of ${name} are not taken; those of ${probe.exchanges.join(', ')} are`, { path });
    return row;
  }

  /** What a change begins with, before the exchange is asked. */
  async #stored(
    viewer: Viewer,
    id: string,
    expectedVersion?: number | null,
  ): Promise<{ exchange: string; permission: ApiKeyPermission; version: number }> {
    const rows = this.#parts.database.rows(viewer.userId);
    const key = await rows.find(ApiKey, id, ['exchangeId', 'permission', 'version', 'label']);
    const exchange = key && (await rows.find(Exchange, key.exchangeId, ['name']));
    if (!key || !exchange) throw notFound('API key', id, idPath);
    assertVersion(key, expectedVersion);
    return { exchange: exchange.name, permission: key.permission, version: key.version };
  }

  /** @throws DomainError EXCHANGE_UNAVAILABLE: then nothing is known */
  async #foundOf(exchange: string, permission: ApiKeyPermission, credentials: ExchangeCredentials): Promise<Found> {
    try {
      const abilities = await this.#parts.probe.abilities(exchange, credentials);
      return { problem: objectionTo(exchange, permission, abilities)?.message, canTransfer: abilities.canTransfer };
    } catch (error) {
      if (error instanceof DomainError && error.code === 'EXCHANGE_REJECTED')
        return { problem: error.message, canTransfer: null };
      throw error;
    }
  }

  #mark(key: ApiKey, { problem, canTransfer }: Found): void {
    key.canTransfer = canTransfer;
    key.isValid = problem === undefined;
    key.validationMessage = problem === undefined ? null : clipped(problem, 2_000);
    key.lastValidatedAt = this.#parts.clock.now();
  }

  #sealed(id: string, owner: string, credentials: ExchangeCredentials) {
    return { ...sealedColumns(this.#parts.vault, { id, owner }, credentials), keyHint: credentials.apiKey.slice(-hintLength) };
  }

  async #locked(em: EntityManager, id: string, expectedVersion?: number | null): Promise<ApiKey> {
    const key = await em.findOne(ApiKey, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!key) throw notFound('API key', id, idPath);
    assertVersion(key, expectedVersion);
    return key;
  }

  async #assertRoom(viewer: Viewer, label: string, em?: EntityManager): Promise<void> {
    const { value } = await this.#parts.database.rows(viewer.userId, em).countUpTo(ApiKey, {}, mostKeys);
    if (value >= mostKeys)
      throw new DomainError('INVALID', `you have ${value} keys, the maximum is ${mostKeys}`, {
        path: ['input'],
        details: { limit: String(mostKeys) },
      });
    await this.#assertFree(viewer, label, em);
  }

  async #assertFree(viewer: Viewer, label: string, em?: EntityManager): Promise<void> {
    const rows = this.#parts.database.rows(viewer.userId, em);
    if (await rows.first(ApiKey, { fields: ['id'], where: { label: { eq: label } } })) throw taken(label);
  }

  #audit(
    em: EntityManager,
    key: ApiKey,
    exchange: string,
    type: AuditEventType,
    ip: string | undefined,
    more: Record<string, unknown> = {},
  ): void {
    const { id, label, permission, keyHint } = key;
    const details = { keyId: id, label, exchange, permission, keyHint, ...more };
    audit(em, { userId: key.user.id, type, at: this.#parts.clock.now(), ip, details });
  }

  async #write<T>(viewer: Viewer, label: string, work: (em: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await this.#parts.database.transaction(work, { userId: viewer.userId });
    } catch (error) {
      if (error instanceof UniqueConstraintViolationException) throw taken(label);
      if (error instanceof OptimisticLockError)
        throw new DomainError('VERSION_CONFLICT', 'the key was changed by somebody else meanwhile: read it again');
      throw error;
    }
  }
}

async function exchangeName(em: EntityManager, key: ApiKey): Promise<string> {
  return (await em.findOneOrFail(Exchange, { id: key.exchange.id })).name;
}

function taken(label: string): DomainError {
  return new DomainError('TAKEN', `you have a key labelled "${label}" already`, { path: labelPath });
}

function assertVersion({ version, label }: { version: number; label: string }, expected: number | null | undefined): void {
  if (expected === null || expected === undefined || expected === version) return;
  throw new DomainError('VERSION_CONFLICT', `key "${label}" has version ${version}, not ${expected}: read it again`, {
    path: ['input', 'expectedVersion'],
    details: { currentVersion: version },
  });
}
