import { Migration } from '@mikro-orm/migrations';

export class Migration20261128115100_bot_check_interval extends Migration {

  override name = 'Migration20261128115100_bot_check_interval';

  override up(): void | Promise<void> {
    this.addSql(`alter table "bots" drop constraint "bots_transfer_amount_check";`);
    this.addSql(`alter table "bots" drop column "auto_transfer_funds", drop column "trailing_stop_active", drop column "transfer_amount";`);
    // Nobody could choose it, and the program looked every 30 seconds.
    this.addSql(`update "bots" set "check_interval_seconds" = 30;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "bots" add "auto_transfer_funds" boolean not null default false, add "trailing_stop_active" boolean not null default false, add "transfer_amount" numeric(38,18) null;`);
    this.addSql(`alter table "bots" alter column "auto_transfer_funds" drop default, alter column "trailing_stop_active" drop default;`);
    this.addSql(`alter table "bots" add constraint "bots_transfer_amount_check" check (transfer_amount > '0');`);
  }

}
