import { decimal } from '../../../../trading/money.ts';
import type { TransferReport } from '../../port/funding-wallet.ts';
import type { VenueFundingWallet } from './profile.ts';

/** From the funding wallet to the spot wallet; a direction of its own, which nothing else is asked for. */
const type = 'FUNDING_MAIN';
const page = 100;

interface Row {
  readonly asset: string;
  readonly amount: string | number;
  readonly status: string;
  readonly tranId: string | number;
}

/**
 * Binance's universal transfer: developers.binance.com, Wallet, "User Universal Transfer". It takes no id of the caller's, so one whose answer was lost
 * can only be looked for by what it was and when.
 */
export const binanceFundingWallet: VenueFundingWallet = {
  async bring(client, { asset, amount }) {
    const answer = await client.sapiPostAssetTransfer({ type, asset: client.currency(asset).id, amount });
    const { tranId } = answer as { readonly tranId?: string | number };
    if (tranId === undefined) throw new TypeError('the answer does not tell the number of the transfer');
    return { exchangeTransferId: String(tranId), status: 'DONE' };
  },
  async find(client, { asset, amount }, startTime, endTime) {
    const { id } = client.currency(asset);
    const found: TransferReport[] = [];
    for (let current = 1; ; current++) {
      const answer = await client.sapiGetAssetTransfer({ type, startTime, endTime, size: page, current });
      const { rows = [] } = answer as { readonly rows?: readonly Row[] };
      for (const row of rows)
        if (row.asset === id && decimal(row.amount).eq(amount))
          found.push({ exchangeTransferId: String(row.tranId), status: statusOf(row.status) });
      if (rows.length < page) return found;
    }
  },
};

function statusOf(status: string): TransferReport['status'] {
  return status === 'CONFIRMED' ? 'DONE' : status === 'FAILED' ? 'FAILED' : 'PENDING';
}
