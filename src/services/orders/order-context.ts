import type { Decimal } from '../../trading/money.ts';
import type { MarketType } from '../../trading/position.ts';

/** Whose order it is and where it goes: what all orders of one running bot have in common. Ids are row ids. */
export interface OrderContext {
  readonly userId: string;
  readonly botId: string;
  readonly botName: string;
  readonly strategyId: string;
  readonly strategyName: string;
  readonly exchangeId: string;
  /** The account at the exchange: exchanges number orders and trades per account. */
  readonly account: string;
  readonly symbol: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly marketType: MarketType;
  /** Amounts are multiples of this, in the base asset; zero where any amount can be traded. */
  readonly stepSize: Decimal;
  readonly leverage: Decimal;
  readonly isPaper: boolean;
}
