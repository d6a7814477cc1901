import type { Ref } from '@mikro-orm/core';
import { Entity, ManyToOne, Unique } from '@mikro-orm/decorators/legacy';
import { User } from '../identity/User.ts';
import { Json, Text } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { ChangingRow } from '../rows.ts';

/** An option of one person, or (`user` null) of the installation. */
@Entity({ tableName: 'settings' })
@Owned()
@Unique({ properties: ['user', 'key'] })
@Unique({ name: 'settings_one_per_installation', properties: ['key'], where: { user: null } })
export class Setting extends ChangingRow {
  @ManyToOne(() => User, { ref: true, nullable: true, deleteRule: 'cascade', index: false })
  user: Ref<User> | null = null;

  @Text({ min: 1, max: 200 })
  key!: string;

  @Json()
  value!: unknown;
}
