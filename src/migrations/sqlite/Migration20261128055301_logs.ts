import { Migration } from '@mikro-orm/migrations';

export class Migration20261128055301_logs extends Migration {

  override name = 'Migration20261128055301_logs';

  override up(): void | Promise<void> {
    this.addSql(`pragma foreign_keys = off;`);
    this.addSql(`create table \`events__temp_alter\` (\`id\` text not null primary key, \`user_id\` text not null, \`sequence\` bigint check (sequence >= 1) not null, \`type\` text check (\`type\` in ('ORDER_CHANGED', 'ORDER_FILLED', 'POSITION_CHANGED', 'POSITION_CLOSED', 'BOT_CHANGED', 'BOT_STATE_CHANGED', 'BOT_DELETED', 'BALANCE_CHANGED', 'JOB_PROGRESSED', 'RISK_LIMIT_REACHED', 'ALERT_TRIGGERED', 'LOG_APPENDED')) not null, \`bot_id\` text null, \`order_id\` text null, \`trade_id\` text null, \`position_id\` text null, \`job_id\` text null, \`alert_id\` text null, \`payload\` json not null, \`occurred_at\` datetime not null, constraint \`events_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete cascade);`);
    this.addSql(`insert into \`events__temp_alter\` select \`id\`, \`user_id\`, \`sequence\`, \`type\`, \`bot_id\`, \`order_id\`, \`trade_id\`, \`position_id\`, \`job_id\`, \`alert_id\`, \`payload\`, \`occurred_at\` from \`events\`;`);
    this.addSql(`drop table \`events\`;`);
    this.addSql(`alter table \`events__temp_alter\` rename to \`events\`;`);
    this.addSql(`create index \`events_occurred_at_index\` on \`events\` (\`occurred_at\`);`);
    this.addSql(`create unique index \`events_user_id_sequence_unique\` on \`events\` (\`user_id\`, \`sequence\`);`);
    this.addSql(`pragma foreign_keys = on;`);

    this.addSql(`alter table \`log_entries\` add column \`candle_fetch_id\` text null constraint \`log_entries_candle_fetch_id_foreign\` references \`candle_fetches\` (\`id\`) on delete cascade;`);
    this.addSql(`create index \`log_entries_candle_fetch_id_user_id_timestamp_id_index\` on \`log_entries\` (\`candle_fetch_id\`, \`user_id\`, \`timestamp\`, \`id\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`pragma foreign_keys = off;`);
    this.addSql(`create table \`events__temp_alter\` (\`alert_id\` text null, \`bot_id\` text null, \`id\` text not null primary key, \`job_id\` text null, \`occurred_at\` datetime not null, \`order_id\` text null, \`payload\` json not null, \`position_id\` text null, \`sequence\` bigint check (sequence >= 1) not null, \`trade_id\` text null, \`type\` text check (\`type\` in ('ORDER_CHANGED', 'ORDER_FILLED', 'POSITION_CHANGED', 'POSITION_CLOSED', 'BOT_CHANGED', 'BOT_STATE_CHANGED', 'BOT_DELETED', 'BALANCE_CHANGED', 'JOB_PROGRESSED', 'RISK_LIMIT_REACHED', 'ALERT_TRIGGERED')) not null, \`user_id\` text not null, constraint \`events_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete cascade);`);
    this.addSql(`insert into \`events__temp_alter\` select \`alert_id\`, \`bot_id\`, \`id\`, \`job_id\`, \`occurred_at\`, \`order_id\`, \`payload\`, \`position_id\`, \`sequence\`, \`trade_id\`, \`type\`, \`user_id\` from \`events\`;`);
    this.addSql(`drop table \`events\`;`);
    this.addSql(`alter table \`events__temp_alter\` rename to \`events\`;`);
    this.addSql(`create index \`events_occurred_at_index\` on \`events\` (\`occurred_at\`);`);
    this.addSql(`create unique index \`events_user_id_sequence_unique\` on \`events\` (\`user_id\`, \`sequence\`);`);
    this.addSql(`pragma foreign_keys = on;`);

    this.addSql(`drop index \`log_entries_candle_fetch_id_user_id_timestamp_id_index\`;`);
    this.addSql(`alter table \`log_entries\` drop column \`candle_fetch_id\`;`);
  }

}
