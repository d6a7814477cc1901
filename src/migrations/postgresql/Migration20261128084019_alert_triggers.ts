import { Migration } from '@mikro-orm/migrations';

export class Migration20261128084019_alert_triggers extends Migration {

  override name = 'Migration20261128084019_alert_triggers';

  override up(): void | Promise<void> {
    this.addSql(`create table "alert_triggers" ("id" uuid not null, "created_at" timestamptz(3) not null, "user_id" uuid not null, "alert_id" uuid not null, "bot_id" uuid null, "message" text not null, "value" numeric(38,18) null, "held_back" int not null, "occurred_at" timestamptz(3) not null, primary key ("id"));`);
    this.addSql(`create index "alert_triggers_bot_id_index" on "alert_triggers" ("bot_id");`);
    this.addSql(`create index "alert_triggers_created_at_index" on "alert_triggers" ("created_at");`);
    this.addSql(`create index "alert_triggers_alert_id_user_id_created_at_id_index" on "alert_triggers" ("alert_id", "user_id", "created_at", "id");`);
    this.addSql(`create index "alert_triggers_user_id_created_at_id_index" on "alert_triggers" ("user_id", "created_at", "id");`);

    this.addSql(`alter table "alerts" drop constraint "alerts_type_check";`);
    this.addSql(`alter table "alerts" add "market_id" uuid null, add "bot_id" uuid null, add "hysteresis" numeric(38,18) not null default 0, add "state" jsonb not null default '{}';`);
    this.addSql(`alter table "alerts" alter column "hysteresis" drop default, alter column "state" drop default;`);
    this.addSql(`alter table "alerts" add constraint "alerts_market_id_foreign" foreign key ("market_id") references "markets" ("id") on delete cascade;`);
    this.addSql(`alter table "alerts" add constraint "alerts_bot_id_foreign" foreign key ("bot_id") references "bots" ("id") on delete cascade;`);
    this.addSql(`create index "alerts_market_id_index" on "alerts" ("market_id");`);
    this.addSql(`create index "alerts_bot_id_index" on "alerts" ("bot_id");`);
    this.addSql(`alter table "alerts" add constraint "alerts_hysteresis_check" check (hysteresis >= '0');`);
    this.addSql(`alter table "alerts" add constraint "alerts_type_check" check ("type" in ('PRICE', 'INDICATOR', 'PNL', 'DRAWDOWN', 'BOT_ERROR', 'ORDER_FILLED', 'WARNING'));`);

    this.addSql(`alter table "alert_triggers" add constraint "alert_triggers_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "alert_triggers" add constraint "alert_triggers_alert_id_foreign" foreign key ("alert_id") references "alerts" ("id") on delete cascade;`);
    this.addSql(`alter table "alert_triggers" add constraint "alert_triggers_bot_id_foreign" foreign key ("bot_id") references "bots" ("id") on delete set null;`);
    this.addSql(`alter table "alert_triggers" add constraint "alert_triggers_message_check" check (length(message) >= 1 and length(message) <= 2000);`);
    this.addSql(`alter table "alert_triggers" add constraint "alert_triggers_held_back_check" check (held_back >= 0);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "alert_triggers" cascade;`);

    this.addSql(`alter table "alerts" drop constraint "alerts_market_id_foreign";`);
    this.addSql(`alter table "alerts" drop constraint "alerts_bot_id_foreign";`);

    this.addSql(`drop index "alerts_market_id_index";`);
    this.addSql(`drop index "alerts_bot_id_index";`);
    this.addSql(`alter table "alerts" drop constraint "alerts_hysteresis_check";`);
    this.addSql(`alter table "alerts" drop constraint "alerts_type_check";`);
    this.addSql(`alter table "alerts" drop column "market_id", drop column "bot_id", drop column "hysteresis", drop column "state";`);
    this.addSql(`alter table "alerts" add constraint "alerts_type_check" check ("type" in ('PRICE', 'INDICATOR', 'PNL', 'DRAWDOWN', 'BOT_ERROR', 'ORDER_FILLED'));`);
  }

}
