import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, Unique } from '@mikro-orm/decorators/legacy';
import { Moment, Text, Uuid } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { Row } from '../rows.ts';
import { User } from './User.ts';

/** One step of a sign-in: rotated at each use. Using a spent one again revokes its whole family. */
@Entity({ tableName: 'refresh_tokens' })
@Owned()
@Index({ properties: ['expiresAt'] })
export class RefreshToken extends Row {
  @ManyToOne(() => User, { ref: true, deleteRule: 'cascade', index: true })
  user!: Ref<User>;

  /** SHA-256 of the token, which is stored nowhere. */
  @Text({ min: 1, max: 128 })
  @Unique()
  tokenHash!: string;

  /** All tokens of one sign-in. */
  @Uuid()
  @Index()
  familyId!: string;

  @Moment()
  expiresAt!: Date;

  /** Set when it was used or taken back. */
  @Moment({ nullable: true })
  revokedAt: Date | null = null;

  @Text({ max: 500, nullable: true })
  userAgent: string | null = null;

  @Text({ max: 64, nullable: true })
  ip: string | null = null;
}
