import { Migration } from '@mikro-orm/migrations';

export class Migration20261128084018_alert_triggers extends Migration {

  override name = 'Migration20261128084018_alert_triggers';

  override up(): void | Promise<void> {
    this.addSql(`create table \`alert_triggers\` (\`id\` text not null primary key, \`created_at\` datetime not null, \`user_id\` text not null, \`alert_id\` text not null, \`bot_id\` text null, \`message\` text check (length(message) >= 1 and length(message) <= 2000) not null, \`value\` text null, \`held_back\` integer check (held_back >= 0) not null, \`occurred_at\` datetime not null, constraint \`alert_triggers_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete cascade, constraint \`alert_triggers_alert_id_foreign\` foreign key (\`alert_id\`) references \`alerts\` (\`id\`) on delete cascade, constraint \`alert_triggers_bot_id_foreign\` foreign key (\`bot_id\`) references \`bots\` (\`id\`) on delete set null);`);
    this.addSql(`create index \`alert_triggers_bot_id_index\` on \`alert_triggers\` (\`bot_id\`);`);
    this.addSql(`create index \`alert_triggers_created_at_index\` on \`alert_triggers\` (\`created_at\`);`);
    this.addSql(`create index \`alert_triggers_alert_id_user_id_created_at_id_index\` on \`alert_triggers\` (\`alert_id\`, \`user_id\`, \`created_at\`, \`id\`);`);
    this.addSql(`create index \`alert_triggers_user_id_created_at_id_index\` on \`alert_triggers\` (\`user_id\`, \`created_at\`, \`id\`);`);

    this.addSql(`pragma foreign_keys = off;`);
    this.addSql(`create table \`alerts__temp_alter\` (\`id\` text not null primary key, \`created_at\` datetime not null, \`updated_at\` datetime not null, \`version\` integer not null default 1, \`user_id\` text not null, \`name\` text check (length(name) >= 1 and length(name) <= 120) not null, \`type\` text check (\`type\` in ('PRICE', 'INDICATOR', 'PNL', 'DRAWDOWN', 'BOT_ERROR', 'ORDER_FILLED', 'WARNING')) not null, \`market_id\` text null, \`bot_id\` text null, \`condition\` json not null, \`channels\` json not null, \`cooldown_seconds\` integer check (cooldown_seconds >= 0) not null, \`hysteresis\` text check (hysteresis >= '00000000000000000000.000000000000000000') not null, \`is_active\` integer not null, \`triggered_at\` datetime null, \`state\` json not null, constraint \`alerts_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete cascade, constraint \`alerts_market_id_foreign\` foreign key (\`market_id\`) references \`markets\` (\`id\`) on delete cascade, constraint \`alerts_bot_id_foreign\` foreign key (\`bot_id\`) references \`bots\` (\`id\`) on delete cascade);`);
    this.addSql(`insert into \`alerts__temp_alter\` select \`id\`, \`created_at\`, \`updated_at\`, \`version\`, \`user_id\`, \`name\`, \`type\`, null as \`market_id\`, null as \`bot_id\`, \`condition\`, \`channels\`, \`cooldown_seconds\`, '00000000000000000000.000000000000000000' as \`hysteresis\`, \`is_active\`, \`triggered_at\`, '{}' as \`state\` from \`alerts\`;`);
    this.addSql(`drop table \`alerts\`;`);
    this.addSql(`alter table \`alerts__temp_alter\` rename to \`alerts\`;`);
    this.addSql(`create index \`alerts_market_id_index\` on \`alerts\` (\`market_id\`);`);
    this.addSql(`create index \`alerts_bot_id_index\` on \`alerts\` (\`bot_id\`);`);
    this.addSql(`create index \`alerts_is_active_type_index\` on \`alerts\` (\`is_active\`, \`type\`);`);
    this.addSql(`create index \`alerts_user_id_created_at_id_index\` on \`alerts\` (\`user_id\`, \`created_at\`, \`id\`);`);
    this.addSql(`pragma foreign_keys = on;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`alert_triggers\`;`);

    this.addSql(`pragma foreign_keys = off;`);
    this.addSql(`create table \`alerts__temp_alter\` (\`channels\` json not null, \`condition\` json not null, \`cooldown_seconds\` integer check (cooldown_seconds >= 0) not null, \`created_at\` datetime not null, \`id\` text not null primary key, \`is_active\` integer not null, \`name\` text check (length(name) >= 1 and length(name) <= 120) not null, \`triggered_at\` datetime null, \`type\` text check (\`type\` in ('PRICE', 'INDICATOR', 'PNL', 'DRAWDOWN', 'BOT_ERROR', 'ORDER_FILLED')) not null, \`updated_at\` datetime not null, \`user_id\` text not null, \`version\` integer not null default 1, constraint \`alerts_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete cascade);`);
    this.addSql(`insert into \`alerts__temp_alter\` select \`channels\`, \`condition\`, \`cooldown_seconds\`, \`created_at\`, \`id\`, \`is_active\`, \`name\`, \`triggered_at\`, \`type\`, \`updated_at\`, \`user_id\`, \`version\` from \`alerts\`;`);
    this.addSql(`drop table \`alerts\`;`);
    this.addSql(`alter table \`alerts__temp_alter\` rename to \`alerts\`;`);
    this.addSql(`create index \`alerts_is_active_type_index\` on \`alerts\` (\`is_active\`, \`type\`);`);
    this.addSql(`create index \`alerts_user_id_created_at_id_index\` on \`alerts\` (\`user_id\`, \`created_at\`, \`id\`);`);
    this.addSql(`pragma foreign_keys = on;`);
  }

}
