import { Migration } from '@mikro-orm/migrations';

export class Migration20261128051531_risk_limits extends Migration {

  override name = 'Migration20261128051531_risk_limits';

  override up(): void | Promise<void> {
    this.addSql(`create table \`refused_orders\` (\`id\` text not null primary key, \`created_at\` datetime not null, \`user_id\` text not null, \`bot_id\` text null, \`exchange_id\` text not null, \`symbol\` text check (length(symbol) >= 1 and length(symbol) <= 60) not null, \`side\` text check (\`side\` in ('BUY', 'SELL')) not null, \`type\` text check (\`type\` in ('MARKET', 'LIMIT', 'STOP', 'STOP_LIMIT')) not null, \`amount\` text check (amount >= '00000000000000000000.000000000000000000') not null, \`price\` text check (price >= '00000000000000000000.000000000000000000') not null, \`is_paper\` integer not null, \`refusals\` json not null, constraint \`refused_orders_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete restrict, constraint \`refused_orders_bot_id_foreign\` foreign key (\`bot_id\`) references \`bots\` (\`id\`) on delete set null, constraint \`refused_orders_exchange_id_foreign\` foreign key (\`exchange_id\`) references \`exchanges\` (\`id\`) on delete restrict);`);
    this.addSql(`create index \`refused_orders_exchange_id_index\` on \`refused_orders\` (\`exchange_id\`);`);
    this.addSql(`create index \`refused_orders_bot_id_user_id_created_at_id_index\` on \`refused_orders\` (\`bot_id\`, \`user_id\`, \`created_at\`, \`id\`);`);
    this.addSql(`create index \`refused_orders_user_id_created_at_id_index\` on \`refused_orders\` (\`user_id\`, \`created_at\`, \`id\`);`);

    this.addSql(`create table \`kill_switches\` (\`id\` text not null primary key, \`created_at\` datetime not null, \`updated_at\` datetime not null, \`version\` integer not null default 1, \`user_id\` text not null, \`bot_id\` text null, \`mode\` text check (\`mode\` in ('BLOCK_ENTRIES', 'CANCEL_ORDERS', 'FLATTEN')) not null, \`reason\` text check (length(reason) >= 1 and length(reason) <= 2000) not null, \`activated_at\` datetime not null, \`released_at\` datetime null, \`release_reason\` text check (length(release_reason) <= 2000) null, constraint \`kill_switches_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete restrict, constraint \`kill_switches_bot_id_foreign\` foreign key (\`bot_id\`) references \`bots\` (\`id\`) on delete cascade);`);
    this.addSql(`create index \`kill_switches_released_at_index\` on \`kill_switches\` (\`released_at\`);`);
    this.addSql(`create index \`kill_switches_bot_id_index\` on \`kill_switches\` (\`bot_id\`);`);
    this.addSql(`create index \`kill_switches_user_id_created_at_id_index\` on \`kill_switches\` (\`user_id\`, \`created_at\`, \`id\`);`);
    this.addSql(`create unique index \`kill_switches_one_per_bot\` on \`kill_switches\` (\`bot_id\`) where \`released_at\` is null;`);
    this.addSql(`create unique index \`kill_switches_one_per_account\` on \`kill_switches\` (\`user_id\`) where \`bot_id\` is null and \`released_at\` is null;`);

    this.addSql(`pragma foreign_keys = off;`);
    this.addSql(`create table \`audit_events__temp_alter\` (\`id\` text not null primary key, \`user_id\` text null, \`event_type\` text check (\`event_type\` in ('SIGNED_UP', 'SIGNED_IN', 'SIGN_IN_FAILED', 'SIGNED_OUT', 'REFRESH_TOKEN_REUSED', 'PASSWORD_CHANGED', 'PASSWORD_RESET_REQUESTED', 'PASSWORD_RESET', 'USER_CHANGED', 'ACCESS_TOKEN_CREATED', 'ACCESS_TOKEN_REVOKED', 'API_KEY_CREATED', 'API_KEY_USED', 'API_KEY_CHANGED', 'API_KEY_ROTATED', 'API_KEY_VALIDATED', 'API_KEY_DELETED', 'MASTER_KEY_ROTATED', 'BOT_STARTED', 'BOT_STOPPED', 'LIMITS_CHANGED', 'KILL_SWITCH_ACTIVATED', 'KILL_SWITCH_RELEASED', 'BACKUP_CREATED', 'BACKUP_RESTORED')) not null, \`details\` json not null, \`ip\` text check (length(ip) <= 64) null, \`occurred_at\` datetime not null, \`sequence\` bigint check (sequence >= 1) null, \`hash\` text check (length(hash) <= 64) null, constraint \`audit_events_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete restrict);`);
    this.addSql(`insert into \`audit_events__temp_alter\` select \`id\`, \`user_id\`, \`event_type\`, \`details\`, \`ip\`, \`occurred_at\`, \`sequence\`, \`hash\` from \`audit_events\`;`);
    this.addSql(`drop table \`audit_events\`;`);
    this.addSql(`alter table \`audit_events__temp_alter\` rename to \`audit_events\`;`);
    this.addSql(`create unique index \`audit_events_sequence_unique\` on \`audit_events\` (\`sequence\`);`);
    this.addSql(`create index \`audit_events_occurred_at_id_index\` on \`audit_events\` (\`occurred_at\`, \`id\`);`);
    this.addSql(`create index \`audit_events_user_id_occurred_at_id_index\` on \`audit_events\` (\`user_id\`, \`occurred_at\`, \`id\`);`);
    this.addSql(`pragma foreign_keys = on;`);

    this.addSql(`alter table \`risk_limits\` add column \`marks\` json null;`);

    this.addSql(`alter table \`orders\` add column \`reference_price\` text null;`);

    this.addSql(`alter table \`bot_states\` add column \`equity\` text null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`refused_orders\`;`);
    this.addSql(`drop table if exists \`kill_switches\`;`);

    this.addSql(`pragma foreign_keys = off;`);
    this.addSql(`create table \`audit_events__temp_alter\` (\`details\` json not null, \`event_type\` text check (\`event_type\` in ('SIGNED_UP', 'SIGNED_IN', 'SIGN_IN_FAILED', 'SIGNED_OUT', 'REFRESH_TOKEN_REUSED', 'PASSWORD_CHANGED', 'PASSWORD_RESET_REQUESTED', 'PASSWORD_RESET', 'USER_CHANGED', 'ACCESS_TOKEN_CREATED', 'ACCESS_TOKEN_REVOKED', 'API_KEY_CREATED', 'API_KEY_USED', 'API_KEY_CHANGED', 'API_KEY_ROTATED', 'API_KEY_VALIDATED', 'API_KEY_DELETED', 'MASTER_KEY_ROTATED', 'BOT_STARTED', 'BOT_STOPPED', 'LIMITS_CHANGED', 'BACKUP_CREATED', 'BACKUP_RESTORED')) not null, \`hash\` text check (length(hash) <= 64) null, \`id\` text not null primary key, \`ip\` text check (length(ip) <= 64) null, \`occurred_at\` datetime not null, \`sequence\` bigint check (sequence >= 1) null, \`user_id\` text null, constraint \`audit_events_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete restrict);`);
    this.addSql(`insert into \`audit_events__temp_alter\` select \`details\`, \`event_type\`, \`hash\`, \`id\`, \`ip\`, \`occurred_at\`, \`sequence\`, \`user_id\` from \`audit_events\`;`);
    this.addSql(`drop table \`audit_events\`;`);
    this.addSql(`alter table \`audit_events__temp_alter\` rename to \`audit_events\`;`);
    this.addSql(`create index \`audit_events_occurred_at_id_index\` on \`audit_events\` (\`occurred_at\`, \`id\`);`);
    this.addSql(`create unique index \`audit_events_sequence_unique\` on \`audit_events\` (\`sequence\`);`);
    this.addSql(`create index \`audit_events_user_id_occurred_at_id_index\` on \`audit_events\` (\`user_id\`, \`occurred_at\`, \`id\`);`);
    this.addSql(`pragma foreign_keys = on;`);

    this.addSql(`alter table \`bot_states\` drop column \`equity\`;`);

    this.addSql(`alter table \`orders\` drop column \`reference_price\`;`);

    this.addSql(`alter table \`risk_limits\` drop column \`marks\`;`);
  }

}
