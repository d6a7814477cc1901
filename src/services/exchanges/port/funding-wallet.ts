import type { Decimal } from '../../../trading/money.ts';

/** An asset to be brought from the funding wallet of an account into the one that it trades from. */
export interface TransferRequest {
  /** The caller's, a UUID. It names the transfer for ever where the exchange takes such ids. */
  readonly id: string;
  readonly asset: string;
  readonly amount: Decimal;
  /** See `OrderRequest`. */
  readonly sendWithinMs?: number;
}

/** A transfer as the exchange knows it. */
export interface TransferReport {
  readonly exchangeTransferId: string;
  /** PENDING: taken, and not carried out yet. FAILED: nothing was moved. */
  readonly status: 'DONE' | 'PENDING' | 'FAILED';
}

/**
 * The wallet of deposits that some exchanges keep beside the one that an account trades from; nothing to do with the funding of perpetuals.
 * Money only comes out of it into the trading wallet of the same account: there is no way back, and none to anybody else.
 * Errors are those of `Exchange`.
 */
export interface FundingWallet {
  /** Asks once. What is not answered is unknown, never "failed": ask `find`. */
  bring(request: TransferRequest): Promise<TransferReport>;
  /**
   * What the exchange knows that may be this transfer: the one with its id where the exchange takes ids, elsewhere all of its asset and amount around
   * the moment. None is no proof that none will come to be known.
   * @param sentAt of the exchange, ms UTC
   */
  find(request: TransferRequest, sentAt: number): Promise<readonly TransferReport[]>;
}
