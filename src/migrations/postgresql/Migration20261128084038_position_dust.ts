import { Migration } from '@mikro-orm/migrations';

export class Migration20261128084038_position_dust extends Migration {

  override name = 'Migration20261128084038_position_dust';

  override up(): void | Promise<void> {
    this.addSql(`alter table "positions" add "dust" numeric(38,18) null;`);
    this.addSql(`alter table "positions" add constraint "positions_dust_check" check (dust > '0');`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "positions" drop constraint "positions_dust_check";`);
    this.addSql(`alter table "positions" drop column "dust";`);
  }

}
