import { OptionalProps } from '@mikro-orm/core';
import { PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { v7 } from 'uuid';

/** A row with an id that sorts by creation time and tells nobody how many rows there are. */
export abstract class Row<Optional = never> {
  [OptionalProps]?: 'createdAt' | Optional;

  @PrimaryKey({ type: 'uuid', onCreate: () => v7() })
  id: string = v7();

  @Property({ type: 'Date', length: 3, onCreate: () => new Date() })
  createdAt!: Date;
}

/** A row that changes after it was made. */
export abstract class ChangingRow<Optional = never> extends Row<'updatedAt' | Optional> {
  @Property({ type: 'Date', length: 3, onCreate: () => new Date(), onUpdate: () => new Date() })
  updatedAt!: Date;
}

/** A row whose changes must not overwrite each other: the version grows by one with each, and a stale write fails. */
export abstract class VersionedRow<Optional = never> extends ChangingRow<'version' | Optional> {
  @Property({ type: 'integer', version: true })
  version!: number;
}
