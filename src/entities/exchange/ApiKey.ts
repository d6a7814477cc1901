import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, Unique } from '@mikro-orm/decorators/legacy';
import { User } from '../identity/User.ts';
import { Flag, Large, Moment, OneOf, Text, Whole } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { VersionedRow } from '../rows.ts';
import { Exchange } from './Exchange.ts';

export const ApiKeyPermission = { READ_ONLY: 'READ_ONLY', TRADE: 'TRADE' } as const;
export type ApiKeyPermission = (typeof ApiKeyPermission)[keyof typeof ApiKeyPermission];

/** Credentials of an account at an exchange, encrypted; they go in and never come out. */
@Entity({ tableName: 'api_keys' })
@Owned()
@Unique({ properties: ['user', 'label'] })
@Index({ properties: ['user', 'createdAt', 'id'] })
export class ApiKey extends VersionedRow<'isValid' | 'leaseToken'> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: false })
  user!: Ref<User>;

  @ManyToOne(() => Exchange, { ref: true, deleteRule: 'restrict', index: true })
  exchange!: Ref<Exchange>;

  @Text({ min: 1, max: 120 })
  label!: string;

  /** Last characters of the key, for people to tell their keys apart. */
  @Text({ min: 1, max: 16 })
  keyHint!: string;

  /** The row's own data key, which encrypts the secrets below, wrapped by a master key. */
  @Text({ min: 1, max: 200 })
  wrappedKey!: string;

  @Text({ min: 1, max: 8192 })
  encryptedApiKey!: string;

  @Text({ min: 1, max: 32768 })
  encryptedSecret!: string;

  @Text({ max: 8192, nullable: true })
  encryptedPassphrase: string | null = null;

  @Text({ max: 32768, nullable: true })
  encryptedAdditionalFields: string | null = null;

  /** Which master key wraps the data key. */
  @Whole({ min: 1 })
  keyVersion!: number;

  @OneOf(ApiKeyPermission)
  permission!: ApiKeyPermission;

  /** Whether it may move money between the wallets of its account, as found out the last time; null where nobody has asked yet. */
  @Flag({ nullable: true })
  canTransfer: boolean | null = null;

  @Flag()
  isValid: boolean = false;

  @Moment({ nullable: true })
  lastValidatedAt: Date | null = null;

  /** What is wrong with it, as found out the last time; null while it is valid. */
  @Text({ max: 2000, nullable: true })
  validationMessage: string | null = null;

  /** The process that may use the credential for trading now. */
  @Text({ max: 120, nullable: true })
  leaseOwner: string | null = null;

  @Moment({ nullable: true })
  leaseExpiresAt: Date | null = null;

  /** Fencing token: grows each time the lease is taken. */
  @Large({ min: 0 })
  leaseToken: number = 0;
}
