import type { FundingWallet, TransferReport, TransferRequest } from '../../src/services/exchanges/port/funding-wallet.ts';
import type { Decimal } from '../../src/trading/money.ts';

/** What came out of a funding wallet. */
export interface VenueTransfer {
  readonly exchangeTransferId: string;
  /** What whoever asked for it calls it, whether the venue takes that or not. */
  readonly id: string;
  readonly amount: Decimal;
  readonly at: number;
}

export interface VenueWalletOptions {
  /** Of the quote asset. */
  readonly amount: Decimal;
  /** It never carries out one id twice, as Bybit; elsewhere it takes none, as Binance. */
  readonly takesIds: boolean;
  readonly now: () => number;
  /** Money comes into the wallet that is traded from, or goes out of it. */
  readonly moves: (amount: Decimal) => void;
}

/** Where a venue keeps the money that nobody trades with. */
export class VenueWallet {
  readonly transfers: VenueTransfer[] = [];
  amount: Decimal;
  private readonly options: VenueWalletOptions;

  constructor(options: VenueWalletOptions) {
    this.options = options;
    this.amount = options.amount;
  }

  /** @returns nothing when there is too little */
  bring({ id, amount }: TransferRequest): VenueTransfer | undefined {
    const { takesIds, now, moves } = this.options;
    const known = takesIds ? this.transfers.find((transfer) => transfer.id === id) : undefined;
    if (known || amount.gt(this.amount)) return known;
    this.amount = this.amount.sub(amount);
    moves(amount);
    const transfer = { exchangeTransferId: `m${900 + this.transfers.length}`, id, amount, at: now() };
    this.transfers.push(transfer);
    return transfer;
  }

  /** What may be a transfer that was asked for then. */
  find({ id, amount: wanted }: TransferRequest, sentAt: number): readonly VenueTransfer[] {
    if (this.options.takesIds) return this.transfers.filter((transfer) => transfer.id === id);
    return this.transfers.filter(({ at, amount }) => amount.eq(wanted) && at >= sentAt - 5_000 && at <= sentAt + 60_000);
  }

  /** A person moves money back to where no bot trades with it. */
  putAway(amount: Decimal): void {
    this.options.moves(amount.neg());
    this.amount = this.amount.add(amount);
  }
}

export interface WalletLine {
  readonly wallet: VenueWallet;
  /** A call to the venue and its answer. */
  readonly call: <T>(what: string, isOrder: boolean, work: () => T) => Promise<T>;
  /** Told of each transfer that leaves the process, before anything can go wrong with it. */
  readonly onAsked: (request: TransferRequest) => void;
  readonly refused: () => Error;
}

/** The wallet as one process reaches it. */
export function walletBehind({ wallet, call, onAsked, refused }: WalletLine): FundingWallet {
  const reportOn = ({ exchangeTransferId }: VenueTransfer): TransferReport => ({ exchangeTransferId, status: 'DONE' });
  return {
    bring: (request) => {
      onAsked(request);
      return call(`transfer ${request.id}`, true, () => {
        const transfer = wallet.bring(request);
        if (transfer) return reportOn(transfer);
        throw refused();
      });
    },
    find: (request, sentAt) =>
      call(`looking for transfer ${request.id}`, false, () => wallet.find(request, sentAt).map(reportOn)),
  };
}
