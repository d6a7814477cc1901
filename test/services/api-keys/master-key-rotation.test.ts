import { beforeEach, expect, it } from 'vitest';
import { ApiKey } from '../../../src/entities/exchange/ApiKey.ts';
import { AuditEvent } from '../../../src/entities/identity/AuditEvent.ts';
import { inspectKeys, rotateMasterKey } from '../../../src/services/api-keys/master-key-rotation.ts';
import { sealedColumns, secretColumns, secretsOf } from '../../../src/services/api-keys/sealed.ts';
import { systemClock } from '../../../src/services/clock.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { newId } from '../../../src/services/ids.ts';
import { MasterKeys, parseMasterKeys } from '../../../src/services/security/master-keys.ts';
import { Vault } from '../../../src/services/security/vault.ts';
import { anExchange, aUser } from '../../contract/storage/builders.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

const secret = 'the secret of the installation, as it is';
const second = parseMasterKeys(`2:${'2b'.repeat(32)}`);
const before = new Vault(MasterKeys.of(secret));
const both = new Vault(MasterKeys.of(secret, second));
const after = new Vault(MasterKeys.of('another secret of the installation!!', second));

describeOnEachDatabase('the rotation of the master key', (open) => {
  let database: Database;
  const credentials = (n: number): { apiKey: string; secret: string } => ({
    apiKey: `public half ${n}`,
    secret: `private half ${n}`,
  });
  const opened = async (vault: Vault): Promise<string[]> => {
    const rows = await database.systemRows().list(ApiKey, { fields: secretColumns, orderBy: [{ field: 'label' }], limit: 1_000 });
    return rows.map((row) => secretsOf(vault, row).secret);
  };
  const all = Array.from({ length: 230 }, (_, i) => `private half ${100 + i}`);

  beforeEach(async () => {
    database = await open();
    await database.transaction(async (em) => {
      const [user, exchange] = [aUser(em), anExchange(em)];
      for (let i = 0; i < all.length; i++) {
        const id = newId();
        const columns = sealedColumns(before, { id, owner: user.id }, credentials(100 + i));
        em.create(ApiKey, { id, user, exchange, label: `key ${100 + i}`, keyHint: 'x', permission: 'TRADE', ...columns });
      }
    });
  });

  it('wraps every data key anew, touches no secret, and makes the old master key needless', async () => {
    const shown = ['id', 'encryptedSecret', 'encryptedApiKey', 'version', 'updatedAt'] as const;
    const rows = () => database.systemRows().list(ApiKey, { fields: shown, orderBy: [{ field: 'id' }], limit: 1_000 });
    const old = await rows();
    expect(await rotateMasterKey({ database, vault: both, clock: systemClock }, 2)).toEqual({
      version: 2,
      rewrapped: 230,
      byVersion: { 2: 230 },
      unopened: [],
    });
    expect(await rows()).toEqual(old);
    expect(await opened(both)).toEqual(all);
    expect(await opened(after)).toEqual(all);
    await expect(opened(before)).rejects.toMatchObject({ code: 'INVALID' });
    const [event] = await database.system().find(AuditEvent, { eventType: 'MASTER_KEY_ROTATED' });
    expect(event.details).toEqual({ version: 2, rewrapped: 230, unopened: 0 });
    // Once more does nothing, and back is possible.
    expect(await rotateMasterKey({ database, vault: both, clock: systemClock }, 2)).toMatchObject({ rewrapped: 0 });
    expect(await rotateMasterKey({ database, vault: both, clock: systemClock }, 1)).toMatchObject({ rewrapped: 230 });
    expect(await opened(before)).toEqual(all);
  });

  it('goes on where it was interrupted; meanwhile every row opens', async () => {
    const transaction = database.transaction.bind(database);
    let commits = 0;
    const dying = Object.create(database) as Database;
    dying.transaction = (work, options) => {
      if (++commits > 1) return Promise.reject(new Error('the power is gone'));
      return transaction(work, options);
    };
    dying.systemRows = (em) => database.systemRows(em);
    await expect(rotateMasterKey({ database: dying, vault: both, clock: systemClock }, 2)).rejects.toThrow('power');
    expect(await inspectKeys({ database, vault: both })).toEqual({ byVersion: { 1: 130, 2: 100 }, unopened: [] });
    expect(await opened(both)).toEqual(all);
    expect(await rotateMasterKey({ database, vault: both, clock: systemClock }, 2)).toMatchObject({
      rewrapped: 130,
      byVersion: { 2: 230 },
    });
    expect(await opened(after)).toEqual(all);
  });

  it('never overwrites secrets that are replaced at the same moment', async () => {
    const [row] = await database.systemRows().list(ApiKey, { fields: secretColumns, orderBy: [{ field: 'id' }], limit: 1 });
    const fresh = sealedColumns(before, { id: row.id, owner: row.userId }, credentials(999));
    const racing = Object.create(database) as Database;
    let raced = false;
    racing.systemRows = (em) => database.systemRows(em);
    racing.transaction = async (work, options) => {
      if (!raced) await database.transaction((em) => em.nativeUpdate(ApiKey, { id: row.id }, fresh));
      raced = true;
      return database.transaction(work, options);
    };
    // The second pass finds what the first one could not change.
    expect(await rotateMasterKey({ database: racing, vault: both, clock: systemClock }, 2)).toMatchObject({ rewrapped: 230 });
    expect((await opened(after)).includes('private half 999')).toBe(true);
  });

  it('tells what does not open, and does the rest', async () => {
    const rows = await database.systemRows().list(ApiKey, { fields: ['id', 'wrappedKey'], orderBy: [{ field: 'id' }], limit: 2 });
    await database.transaction((em) => em.nativeUpdate(ApiKey, { id: rows[0].id }, { wrappedKey: rows[1].wrappedKey }));
    const report = await rotateMasterKey({ database, vault: both, clock: systemClock }, 2);
    expect(report).toMatchObject({
      rewrapped: 229,
      byVersion: { 1: 1, 2: 229 },
      unopened: [{ id: rows[0].id, reason: expect.stringContaining('changed or moved') }],
    });
  });

  it('refuses a version that is not configured, and changes nothing', async () => {
    await expect(rotateMasterKey({ database, vault: before, clock: systemClock }, 2)).rejects.toThrow(
      'master key 2 is not configured',
    );
    expect(await opened(before)).toEqual(all);
    const stranger = new Vault(MasterKeys.of('yet another secret of somebody else!', second));
    expect((await rotateMasterKey({ database, vault: stranger, clock: systemClock }, 2)).unopened).toHaveLength(230);
    expect(await opened(before)).toEqual(all);
  });
});
