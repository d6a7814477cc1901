import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne } from '@mikro-orm/decorators/legacy';
import { Decimal } from '../../trading/money.ts';
import { MarketType } from '../../trading/position.ts';
import { Timeframe } from '../../trading/timeframe.ts';
import { Exchange } from '../exchange/Exchange.ts';
import { User } from '../identity/User.ts';
import { Amount, Double, Json, Moment, OneOf, Packed, Rule, Text, Whole } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { VersionedRow } from '../rows.ts';
import { Strategy } from '../trading/Strategy.ts';
import { JobStatus } from './JobStatus.ts';

type Defaulted =
  | 'marketType'
  | 'leverage'
  | 'feePercent'
  | 'slippagePercent'
  | 'options'
  | 'parameters'
  | 'status'
  | 'progress'
  | 'metrics'
  | 'notes';

/**
 * A strategy run over past candles. What was asked is exact; what came out are doubles, as the engine computed them: a
 * simulation is not the ledger. Results are null until the run is completed; ratios stay null where they are undefined.
 */
@Entity({ tableName: 'backtests' })
@Owned()
@Index({ properties: ['user', 'createdAt', 'id'] })
@Index({ properties: ['strategy', 'user', 'createdAt', 'id'] })
@Index({ properties: ['status', 'createdAt'] })
@Rule<Backtest>('backtests_starts_before_end', (c) => `${c.startDate} < ${c.endDate}`)
export class Backtest extends VersionedRow<Defaulted> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: false })
  user!: Ref<User>;

  @ManyToOne(() => Strategy, { ref: true, deleteRule: 'restrict', index: false })
  strategy!: Ref<Strategy>;

  @Text({ max: 120, nullable: true })
  name: string | null = null;

  @ManyToOne(() => Exchange, { ref: true, deleteRule: 'restrict', index: true })
  exchange!: Ref<Exchange>;

  @Json()
  symbols!: string[];

  @OneOf(Timeframe)
  timeframe!: Timeframe;

  @Moment()
  startDate!: Date;

  @Moment()
  endDate!: Date;

  @OneOf(MarketType)
  marketType: MarketType = MarketType.SPOT;

  @Amount({ min: '1', max: '125' })
  leverage: Decimal = new Decimal(1);

  /** In quote currency. */
  @Amount({ above: '0' })
  initialCapital!: Decimal;

  @Amount({ min: '0' })
  feePercent: Decimal = new Decimal('0.1');

  @Amount({ min: '0' })
  slippagePercent: Decimal = new Decimal(0);

  /** Every other option of the engine: sizes, stops, when orders fill, what is believed about the path inside a candle. */
  @Json()
  options: Record<string, unknown> = {};

  @Json()
  parameters: Record<string, unknown> = {};

  /** What ran: kind, name or rules, and all parameters with their values, so that it can be run again. */
  @Json()
  strategySnapshot!: Record<string, unknown>;

  @OneOf(JobStatus)
  status: JobStatus = JobStatus.PENDING;

  /** 0 to 100. */
  @Double({ min: 0, max: 100 })
  progress: number = 0;

  @Double({ nullable: true })
  finalCapital: number | null = null;

  /** Percent. */
  @Double({ nullable: true })
  totalReturn: number | null = null;

  @Whole({ min: 0, nullable: true })
  totalTrades: number | null = null;

  @Whole({ min: 0, nullable: true })
  winningTrades: number | null = null;

  @Whole({ min: 0, nullable: true })
  losingTrades: number | null = null;

  /** Percent. */
  @Double({ nullable: true })
  winRate: number | null = null;

  @Double({ nullable: true })
  totalFees: number | null = null;

  /** Mean profit of a closed trade, in quote currency. */
  @Double({ nullable: true })
  averageProfit: number | null = null;

  @Double({ nullable: true })
  sharpeRatio: number | null = null;

  @Double({ nullable: true })
  sortinoRatio: number | null = null;

  @Double({ nullable: true })
  calmarRatio: number | null = null;

  /** Percent. */
  @Double({ nullable: true })
  maxDrawdown: number | null = null;

  /** All the other statistics. */
  @Json({ nullable: true })
  metrics: Record<string, unknown> | null = null;

  @Json({ nullable: true })
  dailyResults: unknown[] | null = null;

  @Json({ nullable: true })
  monthlyResults: unknown[] | null = null;

  /** Pairs of time (ms UTC) and equity as little-endian doubles. */
  @Packed({ nullable: true })
  equityCurve: Uint8Array | null = null;

  /** Refused signals by reason, gaps in the candles, ambiguous candles, the position left open: what a reader must know. */
  @Json({ nullable: true })
  notes: Record<string, unknown> | null = null;

  @Text({ max: 128, nullable: true })
  dataFingerprint: string | null = null;

  /** Same data, same definition, same options: same hash. */
  @Text({ max: 128, nullable: true })
  resultHash: string | null = null;

  @Text({ max: 4000, nullable: true })
  error: string | null = null;

  @Moment({ nullable: true })
  startedAt: Date | null = null;

  @Moment({ nullable: true })
  finishedAt: Date | null = null;
}
