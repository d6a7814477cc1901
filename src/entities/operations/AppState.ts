import { OptionalProps, PrimaryKeyProp } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Json } from '../columns/columns.ts';

/** What recovery after a crash needs and no other row holds: the id of this database, cursors of background work. */
@Entity({ tableName: 'app_states' })
export class AppState {
  [PrimaryKeyProp]?: 'key';
  [OptionalProps]?: 'updatedAt';

  @PrimaryKey({ type: 'text' })
  key!: string;

  @Json()
  value!: unknown;

  @Property({ type: 'Date', length: 3, onCreate: () => new Date(), onUpdate: () => new Date() })
  updatedAt!: Date;
}
