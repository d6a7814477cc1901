import type { TransferReport } from '../../port/funding-wallet.ts';
import type { VenueFundingWallet } from './profile.ts';

interface Row {
  readonly transferId?: string;
  readonly status?: string;
}

/**
 * Bybit's transfer between the accounts of one user, from the funding account to the unified one: bybit-exchange.github.io, V5, "Create Internal
 * Transfer". It takes a UUID of the caller's, never the same one twice, and is found by it.
 */
export const bybitFundingWallet: VenueFundingWallet = {
  async bring(client, { id, asset, amount }) {
    const answer = await client.privatePostV5AssetTransferInterTransfer({
      transferId: id,
      coin: client.currency(asset).id,
      amount,
      fromAccountType: 'FUND',
      toAccountType: 'UNIFIED',
    });
    return reportOf((answer as { readonly result?: Row }).result ?? {});
  },
  async find(client, { id, asset }, startTime, endTime) {
    const query = { transferId: id, coin: client.currency(asset).id, startTime, endTime };
    const answer = await client.privateGetV5AssetTransferQueryInterTransferList(query);
    const { list = [] } = (answer as { readonly result?: { readonly list?: readonly Row[] } }).result ?? {};
    return list.filter(({ transferId }) => transferId === id).map(reportOf);
  },
};

function reportOf({ transferId, status }: Row): TransferReport {
  if (transferId === undefined) throw new TypeError('the answer does not tell the id of the transfer');
  // Older answers tell no status: then only the list does.
  return {
    exchangeTransferId: transferId,
    status: status === 'SUCCESS' ? 'DONE' : status === 'FAILED' ? 'FAILED' : 'PENDING',
  };
}
