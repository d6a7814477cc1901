import { Migration } from '@mikro-orm/migrations';

export class Migration20261128055301_logs extends Migration {

  override name = 'Migration20261128055301_logs';

  override up(): void | Promise<void> {
    this.addSql(`alter table "events" drop constraint "events_type_check";`);
    this.addSql(`alter table "events" add constraint "events_type_check" check ("type" in ('ORDER_CHANGED', 'ORDER_FILLED', 'POSITION_CHANGED', 'POSITION_CLOSED', 'BOT_CHANGED', 'BOT_STATE_CHANGED', 'BOT_DELETED', 'BALANCE_CHANGED', 'JOB_PROGRESSED', 'RISK_LIMIT_REACHED', 'ALERT_TRIGGERED', 'LOG_APPENDED'));`);

    this.addSql(`alter table "log_entries" add "candle_fetch_id" uuid null;`);
    this.addSql(`alter table "log_entries" add constraint "log_entries_candle_fetch_id_foreign" foreign key ("candle_fetch_id") references "candle_fetches" ("id") on delete cascade;`);
    this.addSql(`create index "log_entries_candle_fetch_id_user_id_timestamp_id_index" on "log_entries" ("candle_fetch_id", "user_id", "timestamp", "id");`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "log_entries" drop constraint "log_entries_candle_fetch_id_foreign";`);

    this.addSql(`alter table "events" drop constraint "events_type_check";`);
    this.addSql(`alter table "events" add constraint "events_type_check" check ("type" in ('ORDER_CHANGED', 'ORDER_FILLED', 'POSITION_CHANGED', 'POSITION_CLOSED', 'BOT_CHANGED', 'BOT_STATE_CHANGED', 'BOT_DELETED', 'BALANCE_CHANGED', 'JOB_PROGRESSED', 'RISK_LIMIT_REACHED', 'ALERT_TRIGGERED'));`);

    this.addSql(`drop index "log_entries_candle_fetch_id_user_id_timestamp_id_index";`);
    this.addSql(`alter table "log_entries" drop column "candle_fetch_id";`);
  }

}
