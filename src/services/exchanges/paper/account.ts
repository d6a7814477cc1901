import type { FillModel, TargetGap } from '../../../trading/options.ts';
import type { Decimal } from '../../../trading/money.ts';
import type { MarketType } from '../../../trading/position.ts';
import type { Timeframe } from '../../../trading/timeframe.ts';

/** How a paper account trades: the costs and beliefs of a backtest. Percentages mean percent. */
export interface PaperAccount {
  /** Names the account for ever: its orders and balances come back under it after a restart. */
  readonly id: string;
  readonly marketType: MarketType;
  /** 1 on spot. */
  readonly leverage: number;
  /** Candles against which resting orders are matched; a backtest on the same candles gives the same fills. */
  readonly timeframe: Timeframe;
  /** Total balances at the very first start, by asset. */
  readonly initialBalances: Readonly<Record<string, Decimal>>;
  /** Fees, in percent of the value; null: as the market's rules have them. */
  readonly feePercent: number | null;
  readonly makerFeePercent: number | null;
  readonly slippagePercent: number;
  /** A backtest's DETAIL is PESSIMISTIC here on a shorter timeframe. */
  readonly fillModel: Exclude<FillModel, 'DETAIL'>;
  readonly targetGap: TargetGap;
  /** Futures only. */
  readonly maintenanceMarginPercent: number;
  readonly liquidationFeePercent: number;
}

/**
 * Where the paper exchange keeps its accounts, as a real one would. An account is opened under a fencing token that grows with each owner: once it was
 * loaded under a higher one, whoever has a lower one can neither load nor save it.
 */
export interface PaperStore {
  /** @throws AccountLostError when somebody with a higher token has opened the account */
  load(accountId: string, token: number): Promise<unknown>;
  /**
   * @param state plain JSON
   * @throws AccountLostError when somebody with a higher token has opened the account; nothing was saved then
   */
  save(accountId: string, state: unknown, token: number): Promise<void>;
}
