import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne } from '@mikro-orm/decorators/legacy';
import { User } from '../identity/User.ts';
import { Json, Large, Moment, OneOf, Text } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { Row } from '../rows.ts';
import { Bot } from '../trading/Bot.ts';

/** What made a bot look whether its books are right. */
export const ReconciliationTrigger = { START: 'START', RESUME: 'RESUME', PERIODIC: 'PERIODIC' } as const;
export type ReconciliationTrigger = (typeof ReconciliationTrigger)[keyof typeof ReconciliationTrigger];

export const ReconciliationOutcome = {
  MATCHED: 'MATCHED',
  REPAIRED: 'REPAIRED',
  FAILED: 'FAILED',
  INCOMPLETE: 'INCOMPLETE',
} as const;
export type ReconciliationOutcome = (typeof ReconciliationOutcome)[keyof typeof ReconciliationOutcome];

/** What differed. */
export const DifferenceKind = {
  ORDER: 'ORDER',
  FILL: 'FILL',
  FOREIGN_ORDER: 'FOREIGN_ORDER',
  POSITION: 'POSITION',
  BALANCE: 'BALANCE',
  ACCOUNTING: 'ACCOUNTING',
} as const;
export type DifferenceKind = (typeof DifferenceKind)[keyof typeof DifferenceKind];

/** What was done about it. */
export const DifferenceAction = {
  ADOPTED: 'ADOPTED',
  BOOKED: 'BOOKED',
  ABANDONED: 'ABANDONED',
  LEFT_ALONE: 'LEFT_ALONE',
  HALTED: 'HALTED',
} as const;
export type DifferenceAction = (typeof DifferenceAction)[keyof typeof DifferenceAction];

export interface StoredDifference {
  readonly kind: DifferenceKind;
  /** What it is about: a client order id, an exchange's trade id, an asset, a row. */
  readonly subject: string;
  /** As the ledger had it. */
  readonly expected: string;
  /** As the exchange, or a sum, has it. */
  readonly found: string;
  readonly action: DifferenceAction;
}

/** The state of a bot's affairs in short. Decimals as canonical text. */
export interface StoredPicture {
  /** How many of the bot's orders are open. */
  readonly openOrders: number;
  /** In the base asset. */
  readonly position: string;
  /** Of the base asset in the account; null where it was not asked for. */
  readonly balance: string | null;
}

/** One comparison of a bot's ledger with the exchange and with itself: what was expected, what was found, what was done. */
@Entity({ tableName: 'reconciliation_runs' })
@Owned()
@Index({ properties: ['user', 'createdAt', 'id'] })
@Index({ properties: ['bot', 'user', 'createdAt', 'id'] })
export class ReconciliationRun extends Row {
  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: false })
  user!: Ref<User>;

  @ManyToOne(() => Bot, { ref: true, deleteRule: 'cascade', index: false })
  bot!: Ref<Bot>;

  @OneOf(ReconciliationTrigger)
  trigger!: ReconciliationTrigger;

  @OneOf(ReconciliationOutcome)
  outcome!: ReconciliationOutcome;

  /** Lease token of the runner that did it. */
  @Large({ min: 0 })
  fencingToken!: number;

  @Moment()
  startedAt!: Date;

  @Moment()
  finishedAt!: Date;

  /** As the ledger had it before. */
  @Json()
  expected!: StoredPicture;

  /** As it was found to be; null when that did not become known. */
  @Json({ nullable: true })
  found: StoredPicture | null = null;

  @Json()
  differences!: StoredDifference[];

  /** Why it failed, and what a person can do. */
  @Text({ max: 2000, nullable: true })
  message: string | null = null;
}
