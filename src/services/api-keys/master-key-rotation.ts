import { ApiKey } from '../../entities/exchange/ApiKey.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/index.ts';
import { audit } from '../security/audit.ts';
import { VaultError } from '../security/master-keys.ts';
import type { Vault } from '../security/vault.ts';
import { rewrapped } from './sealed.ts';

/** A key whose data key does not open. */
export interface Unopened {
  readonly id: string;
  readonly label: string;
  readonly reason: string;
}

export interface KeyringReport {
  /** Stored keys by the version of the master key that wraps them. */
  readonly byVersion: Readonly<Record<number, number>>;
  readonly unopened: readonly Unopened[];
}

export interface RotationReport extends KeyringReport {
  readonly version: number;
  /** Data keys that were wrapped anew by this run. */
  readonly rewrapped: number;
}

interface Parts {
  readonly database: Database;
  readonly vault: Vault;
  readonly clock: Clock;
}

const batchSize = 100;
const fields = ['id', 'userId', 'label', 'keyVersion', 'wrappedKey'] as const;
type Row = Awaited<ReturnType<typeof page>>[number];

/** Which master keys the stored keys need, and which of them do not open with those that are configured. */
export async function inspectKeys({ database, vault }: Pick<Parts, 'database' | 'vault'>): Promise<KeyringReport> {
  const byVersion: Record<number, number> = {};
  const unopened: Unopened[] = [];
  for await (const row of eachKey(database)) {
    byVersion[row.keyVersion] = (byVersion[row.keyVersion] ?? 0) + 1;
    const wrapped = wrappedAnew(vault, row, row.keyVersion);
    if (typeof wrapped !== 'string') unopened.push(wrapped);
  }
  return { byVersion, unopened };
}

/**
 * Wraps the data key of every stored key by another master key; the secrets themselves are not touched. Each row changes in one
 * statement, and only if nobody changed it meanwhile: whenever this ends, every row opens with the key that it names, and the next run
 * goes on with what is left. Servers go on working, as long as they know both versions.
 * @throws VaultError when the version is not configured
 */
export async function rotateMasterKey({ database, vault, clock }: Parts, version: number): Promise<RotationReport> {
  vault.assertKnown(version);
  let count = 0;
  for (let before = -1; before !== count;) {
    before = count;
    let batch: Row[] = [];
    for await (const row of eachKey(database)) {
      if (row.keyVersion === version) continue;
      batch.push(row);
      if (batch.length < batchSize) continue;
      count += await rewrap(database, vault, batch, version);
      batch = [];
    }
    count += await rewrap(database, vault, batch, version);
  }
  const report = await inspectKeys({ database, vault });
  await database.transaction(async (em) =>
    audit(em, {
      userId: null,
      type: 'MASTER_KEY_ROTATED',
      at: clock.now(),
      details: { version, rewrapped: count, unopened: report.unopened.length },
    }),
  );
  return { version, rewrapped: count, ...report };
}

async function rewrap(database: Database, vault: Vault, rows: readonly Row[], version: number): Promise<number> {
  const changes = rows.flatMap((row) => {
    const wrapped = wrappedAnew(vault, row, version);
    return typeof wrapped === 'string' ? [{ id: row.id, before: row.wrappedKey, wrapped }] : [];
  });
  if (changes.length === 0) return 0;
  return database.transaction(async (em) => {
    let changed = 0;
    for (const { id, before, wrapped } of changes) {
      // By hand: nothing that its owner sees has changed, so the row keeps its version.
      const done = await em.execute<unknown[]>(
        'update api_keys set wrapped_key = ?, key_version = ? where id = ? and wrapped_key = ? returning id',
        [wrapped, version, id, before],
      );
      changed += done.length;
    }
    return changed;
  });
}

function wrappedAnew(vault: Vault, row: Row, version: number): string | Unopened {
  try {
    return rewrapped(vault, row, version);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    return { id: row.id, label: row.label, reason: error.message };
  }
}

async function* eachKey(database: Database): AsyncGenerator<Row> {
  for (let after: string | undefined; ;) {
    const rows = await page(database, after);
    yield* rows;
    if (rows.length < batchSize) return;
    after = rows.at(-1)?.id;
  }
}

function page(database: Database, after: string | undefined) {
  return database.systemRows().list(ApiKey, {
    fields,
    ...(after !== undefined && { where: { id: { gt: after } } }),
    orderBy: [{ field: 'id' }],
    limit: batchSize,
  });
}
