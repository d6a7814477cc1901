import { Migration } from '@mikro-orm/migrations';

export class Migration20261128092020_daily_balances_and_retention extends Migration {

  override name = 'Migration20261128092020_daily_balances_and_retention';

  override up(): void | Promise<void> {
    this.addSql(`create index "daily_balances_identifier_user_id_date_id_index" on "daily_balances" ("identifier", "user_id", "date", "id");`);

    this.addSql(`create index "refused_orders_created_at_index" on "refused_orders" ("created_at");`);

    this.addSql(`create index "bot_requests_created_at_index" on "bot_requests" ("created_at");`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop index "bot_requests_created_at_index";`);

    this.addSql(`drop index "daily_balances_identifier_user_id_date_id_index";`);

    this.addSql(`drop index "refused_orders_created_at_index";`);
  }

}
