import { Migration } from '@mikro-orm/migrations';

export class Migration20261128120409_position_funding extends Migration {

  override name = 'Migration20261128120409_position_funding';

  override up(): void | Promise<void> {
    this.addSql(`alter table "positions" add "funding" numeric(38,18) not null default 0, add "funded_at" timestamptz(3) null;`);
    this.addSql(`alter table "positions" alter column "funding" drop default;`);

    this.addSql(`alter table "closed_trades" add "funding" numeric(38,18) not null default 0;`);
    this.addSql(`alter table "closed_trades" alter column "funding" drop default;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "closed_trades" drop column "funding";`);

    this.addSql(`alter table "positions" drop column "funding", drop column "funded_at";`);
  }

}
