import { canonical } from '../../../trading/money.ts';
import { DomainError } from '../../errors.ts';
import type { FundingWallet, TransferRequest } from '../port/funding-wallet.ts';
import type { AccountCalls } from './account-calls.ts';
import type { CcxtClient } from './client.ts';
import type { VenueFundingWallet, VenueTransfer } from './venues/profile.ts';

/** Before and after the moment at which a transfer was sent it is looked for, ms: clocks differ a little, and a request that comes later than this is refused. */
const beforeMs = 5_000;
const afterMs = 60_000;

/**
 * The funding wallet of an account. It is asked by the client of the look-ups: a transfer costs as much of the rate limit as hundreds of orders, which shall
 * not wait for it.
 */
export function fundingWalletOf(wallet: VenueFundingWallet, client: CcxtClient, calls: AccountCalls): FundingWallet {
  return {
    bring: (request) => {
      const sendUntil = performance.now() + (request.sendWithinMs ?? Infinity);
      return calls.once(wordsOf(request), () => {
        if (performance.now() > sendUntil)
          throw new DomainError('EXCHANGE_REJECTED', `${wordsOf(request)} was not sent: its time had passed before it could be`);
        return wallet.bring(client, transferOf(request));
      });
    },
    find: (request, sentAt) =>
      calls.again(`looking for ${wordsOf(request)}`, () =>
        wallet.find(client, transferOf(request), sentAt - beforeMs, sentAt + afterMs),
      ),
  };
}

function transferOf({ id, asset, amount }: TransferRequest): VenueTransfer {
  return { id, asset, amount: canonical(amount) };
}

function wordsOf({ asset, amount }: TransferRequest): string {
  return `the transfer of ${canonical(amount)} ${asset}`;
}
