import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, Unique } from '@mikro-orm/decorators/legacy';
import { Json, Moment, Text } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { Row } from '../rows.ts';
import type { Scope } from './scope.ts';
import { User } from './User.ts';

/** A personal token for scripts; its text is shown once. */
@Entity({ tableName: 'access_tokens' })
@Owned()
@Index({ properties: ['user', 'createdAt', 'id'] })
export class AccessToken extends Row {
  @ManyToOne(() => User, { ref: true, deleteRule: 'cascade', index: false })
  user!: Ref<User>;

  @Text({ min: 1, max: 120 })
  name!: string;

  /** SHA-256 of the token, which is stored nowhere. */
  @Text({ min: 1, max: 128 })
  @Unique()
  tokenHash!: string;

  @Json()
  scopes!: Scope[];

  @Moment({ nullable: true })
  expiresAt: Date | null = null;

  @Moment({ nullable: true })
  lastUsedAt: Date | null = null;

  @Moment({ nullable: true })
  revokedAt: Date | null = null;
}
