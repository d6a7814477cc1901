import { PrimaryKeyProp, type Ref, OptionalProps } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { User } from '../identity/User.ts';
import { Json, Text } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';

/**
 * The answer to a mutation that moves money, kept for 24 hours: the same key with the same request gets the same answer,
 * with another request it is refused. The row is written in the transaction of what the mutation did.
 */
@Entity({ tableName: 'idempotency_keys' })
@Owned()
@Index({ properties: ['createdAt'] })
export class IdempotencyKey {
  [PrimaryKeyProp]?: ['user', 'key'];
  [OptionalProps]?: 'createdAt';

  @ManyToOne(() => User, { ref: true, primary: true, deleteRule: 'cascade', index: false })
  user!: Ref<User>;

  @PrimaryKey({ type: 'text' })
  key!: string;

  /** SHA-256 of the mutation's name and input. */
  @Text({ min: 1, max: 128 })
  requestHash!: string;

  @Json()
  response!: unknown;

  @Property({ type: 'Date', length: 3, onCreate: () => new Date() })
  createdAt!: Date;
}
