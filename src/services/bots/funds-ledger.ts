import { FundsTransfer, FundsTransferStatus } from '../../entities/trading/FundsTransfer.ts';
import { canonical, type Decimal } from '../../trading/money.ts';
import { clipped } from '../clip.ts';
import type { Database } from '../database/index.ts';
import type { EventDraft } from '../events/event.ts';
import type { TransferReport } from '../exchanges/port/funding-wallet.ts';
import { LedgerList } from '../orders/ledger-list.ts';
import type { OrderContext } from '../orders/order-context.ts';
import type { LedgerTransaction } from '../orders/order-desk-parts.ts';
import type { Time } from '../orders/views.ts';

/** A transfer as everybody outside sees it; decimals as canonical text. */
export interface FundsTransferView {
  readonly id: string;
  readonly version: number;
  readonly createdAt: Time;
  readonly updatedAt: Time;
  readonly botId: string | null;
  readonly exchangeId: string;
  readonly asset: string;
  readonly amount: string;
  readonly status: FundsTransferStatus;
  readonly exchangeTransferId: string | null;
  readonly sentAt: Time;
  readonly endedAt: Time | null;
  readonly reason: string | null;
}

export type FundsTransferList = LedgerList<FundsTransfer, FundsTransferView>;

export function fundsTransferList(database: Database): FundsTransferList {
  return new LedgerList(database, FundsTransfer, [
    'id',
    'version',
    'createdAt',
    'updatedAt',
    'botId',
    'exchangeId',
    'asset',
    'amount',
    'status',
    'exchangeTransferId',
    'sentAt',
    'endedAt',
    'reason',
  ]);
}

/** Picks a bot's transfers whose fate is open. */
export function openTransfers({ botId, account }: OrderContext) {
  return { bot: botId, account, status: FundsTransferStatus.SENT };
}

const longestReason = 2_000;

/** Writes a transfer down that is sent after the commit. @param at of the exchange */
export async function writeTransfer(
  { em, events }: LedgerTransaction,
  { userId, botId, exchangeId, account, quoteAsset }: OrderContext,
  { amount, fencingToken, at }: { readonly amount: Decimal; readonly fencingToken: number; readonly at: Date },
): Promise<FundsTransfer> {
  const row = em.create(FundsTransfer, {
    user: userId,
    bot: botId,
    exchange: exchangeId,
    account,
    asset: quoteAsset,
    amount,
    fencingToken,
    sentAt: at,
  });
  await em.persist(row).flush();
  events.push(transferChanged(row));
  return row;
}

/** Its fate is known, or known to be unknowable. */
export async function endTransfer(
  { em, events }: LedgerTransaction,
  row: FundsTransfer,
  end: { readonly status: FundsTransferStatus; readonly at: Date; readonly reason?: string; readonly report?: TransferReport },
): Promise<void> {
  row.status = end.status;
  row.endedAt = end.at;
  row.reason = end.reason === undefined ? null : clipped(end.reason, longestReason);
  row.exchangeTransferId = end.report?.exchangeTransferId ?? row.exchangeTransferId;
  await em.flush();
  events.push(transferChanged(row));
}

/** It stays SENT, and something more is known of it. */
export async function noteTransfer(
  { em, events }: LedgerTransaction,
  row: FundsTransfer,
  { reason, report }: { readonly reason: string; readonly report?: TransferReport },
): Promise<void> {
  row.reason = clipped(reason, longestReason);
  row.exchangeTransferId = report?.exchangeTransferId ?? row.exchangeTransferId;
  await em.flush();
  events.push(transferChanged(row));
}

/** For messages: "300 USDT of 12:03:05 UTC". */
export function transferText({ amount, asset, sentAt }: FundsTransfer): string {
  return `${canonical(amount)} ${asset} of ${sentAt.toISOString().slice(11, 19)} UTC`;
}

function transferChanged(row: FundsTransfer): EventDraft {
  return {
    userId: row.user.id,
    type: 'FUNDS_TRANSFER_CHANGED',
    subjects: { botId: row.bot?.id ?? null },
    payload: { transfer: viewOf(row) },
  };
}

function viewOf(row: FundsTransfer): FundsTransferView {
  return {
    id: row.id,
    version: row.version,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    botId: row.bot?.id ?? null,
    exchangeId: row.exchange.id,
    asset: row.asset,
    amount: canonical(row.amount),
    status: row.status,
    exchangeTransferId: row.exchangeTransferId,
    sentAt: row.sentAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
    reason: row.reason,
  };
}
