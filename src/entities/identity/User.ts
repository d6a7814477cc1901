import { Entity, Unique } from '@mikro-orm/decorators/legacy';
import { Flag, Large, Moment, OneOf, Text } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { ChangingRow } from '../rows.ts';
import { Role } from './scope.ts';

/** Somebody with an account. Accounts that traded are closed (`isActive`), never deleted: the ledger keeps its owner. */
@Entity({ tableName: 'users' })
@Owned('id')
export class User extends ChangingRow<'role' | 'isActive' | 'lastEventSequence'> {
  /** Trimmed, NFKC, lower case: one spelling per address. */
  @Text({ min: 3, max: 254 })
  @Unique()
  email!: string;

  /** argon2id, as a PHC string. */
  @Text({ min: 1, max: 500 })
  passwordHash!: string;

  @OneOf(Role)
  role: Role = Role.TRADER;

  @Flag()
  isActive: boolean = true;

  /** SHA-256 of a reset token that was mailed; single use. */
  @Text({ max: 128, nullable: true })
  @Unique()
  resetTokenHash: string | null = null;

  @Moment({ nullable: true })
  resetTokenExpiresAt: Date | null = null;

  /** Number of the person's newest event. Raised under this row's lock, which is what keeps the numbers free of gaps. */
  @Large({ min: 0 })
  lastEventSequence: number = 0;
}
