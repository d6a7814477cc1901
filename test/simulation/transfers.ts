import { FundsTransfer } from '../../src/entities/trading/FundsTransfer.ts';
import type { Database } from '../../src/services/database/index.ts';
import { canonical, Decimal } from '../../src/trading/money.ts';
import type { VenueWallet } from './wallet.ts';

const dayMs = 86_400_000;
/** A transfer whose answer was lost is known to have come or not to have come so soon, ms. */
const openMs = 240_000;

export interface BotMoney {
  readonly botId: string;
  /** The most that it may bring in a UTC day. */
  readonly initialCapital: number;
  /** Of the venue, ms UTC. */
  readonly now: number;
}

/** Compares what a bot has brought by its rows with what came out of the wallet at the venue. @returns what does not hold */
export async function checkTransfers(database: Database, wallet: VenueWallet, money: BotMoney): Promise<string[]> {
  const rows = await database.system().find(FundsTransfer, { bot: money.botId });
  const found: string[] = [];
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const transfer of wallet.transfers) {
    const row = byId.get(transfer.id);
    const text = `${canonical(transfer.amount)} came out of the wallet for transfer ${transfer.id}`;
    if (!row) found.push(`${text}, of which there is no row`);
    else if (!row.amount.eq(transfer.amount)) found.push(`${text}, whose row is of ${canonical(row.amount)}`);
    else if (row.status === 'REFUSED' || row.status === 'ABSENT') found.push(`${text}, which is ${row.status}`);
  }
  for (const row of rows) {
    const moved = wallet.transfers.filter(({ id }) => id === row.id);
    if (moved.length > 1) found.push(`transfer ${row.id} was carried out ${moved.length} times`);
    if (row.status === 'DONE' && moved.length === 0) found.push(`transfer ${row.id} is DONE, and nothing came out of the wallet`);
    if (row.status === 'SENT' && money.now - row.sentAt.getTime() > openMs)
      found.push(`transfer ${row.id} is still SENT ${Math.round((money.now - row.sentAt.getTime()) / 1000)} s after it was sent`);
  }
  const days = Map.groupBy(wallet.transfers, ({ at }) => Math.floor(at / dayMs));
  for (const [day, transfers] of days) {
    const brought = transfers.reduce((sum, { amount }) => sum.add(amount), new Decimal(0));
    if (brought.gt(money.initialCapital))
      found.push(`${canonical(brought)} were brought on ${new Date(day * dayMs).toISOString().slice(0, 10)}`);
  }
  return found;
}
