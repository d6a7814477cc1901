import { Migration } from '@mikro-orm/migrations';

export class Migration20261128051531_risk_limits extends Migration {

  override name = 'Migration20261128051531_risk_limits';

  override up(): void | Promise<void> {
    this.addSql(`create table "refused_orders" ("id" uuid not null, "created_at" timestamptz(3) not null, "user_id" uuid not null, "bot_id" uuid null, "exchange_id" uuid not null, "symbol" text not null, "side" text not null, "type" text not null, "amount" numeric(38,18) not null, "price" numeric(38,18) not null, "is_paper" boolean not null, "refusals" jsonb not null, primary key ("id"));`);
    this.addSql(`create index "refused_orders_exchange_id_index" on "refused_orders" ("exchange_id");`);
    this.addSql(`create index "refused_orders_bot_id_user_id_created_at_id_index" on "refused_orders" ("bot_id", "user_id", "created_at", "id");`);
    this.addSql(`create index "refused_orders_user_id_created_at_id_index" on "refused_orders" ("user_id", "created_at", "id");`);

    this.addSql(`create table "kill_switches" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "version" int not null default 1, "user_id" uuid not null, "bot_id" uuid null, "mode" text not null, "reason" text not null, "activated_at" timestamptz(3) not null, "released_at" timestamptz(3) null, "release_reason" text null, primary key ("id"));`);
    this.addSql(`create index "kill_switches_released_at_index" on "kill_switches" ("released_at");`);
    this.addSql(`create index "kill_switches_bot_id_index" on "kill_switches" ("bot_id");`);
    this.addSql(`create index "kill_switches_user_id_created_at_id_index" on "kill_switches" ("user_id", "created_at", "id");`);
    this.addSql(`create unique index "kill_switches_one_per_bot" on "kill_switches" ("bot_id") where "released_at" is null;`);
    this.addSql(`create unique index "kill_switches_one_per_account" on "kill_switches" ("user_id") where "bot_id" is null and "released_at" is null;`);

    this.addSql(`alter table "audit_events" drop constraint "audit_events_event_type_check";`);
    this.addSql(`alter table "audit_events" add constraint "audit_events_event_type_check" check ("event_type" in ('SIGNED_UP', 'SIGNED_IN', 'SIGN_IN_FAILED', 'SIGNED_OUT', 'REFRESH_TOKEN_REUSED', 'PASSWORD_CHANGED', 'PASSWORD_RESET_REQUESTED', 'PASSWORD_RESET', 'USER_CHANGED', 'ACCESS_TOKEN_CREATED', 'ACCESS_TOKEN_REVOKED', 'API_KEY_CREATED', 'API_KEY_USED', 'API_KEY_CHANGED', 'API_KEY_ROTATED', 'API_KEY_VALIDATED', 'API_KEY_DELETED', 'MASTER_KEY_ROTATED', 'BOT_STARTED', 'BOT_STOPPED', 'LIMITS_CHANGED', 'KILL_SWITCH_ACTIVATED', 'KILL_SWITCH_RELEASED', 'BACKUP_CREATED', 'BACKUP_RESTORED'));`);

    this.addSql(`alter table "risk_limits" add "marks" jsonb null;`);

    this.addSql(`alter table "orders" add "reference_price" numeric(38,18) null;`);

    this.addSql(`alter table "bot_states" add "equity" numeric(38,18) null;`);

    this.addSql(`alter table "refused_orders" add constraint "refused_orders_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "refused_orders" add constraint "refused_orders_bot_id_foreign" foreign key ("bot_id") references "bots" ("id") on delete set null;`);
    this.addSql(`alter table "refused_orders" add constraint "refused_orders_exchange_id_foreign" foreign key ("exchange_id") references "exchanges" ("id") on delete restrict;`);
    this.addSql(`alter table "refused_orders" add constraint "refused_orders_symbol_check" check (length(symbol) >= 1 and length(symbol) <= 60);`);
    this.addSql(`alter table "refused_orders" add constraint "refused_orders_amount_check" check (amount >= '0');`);
    this.addSql(`alter table "refused_orders" add constraint "refused_orders_price_check" check (price >= '0');`);
    this.addSql(`alter table "refused_orders" add constraint "refused_orders_side_check" check ("side" in ('BUY', 'SELL'));`);
    this.addSql(`alter table "refused_orders" add constraint "refused_orders_type_check" check ("type" in ('MARKET', 'LIMIT', 'STOP', 'STOP_LIMIT'));`);

    this.addSql(`alter table "kill_switches" add constraint "kill_switches_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "kill_switches" add constraint "kill_switches_bot_id_foreign" foreign key ("bot_id") references "bots" ("id") on delete cascade;`);
    this.addSql(`alter table "kill_switches" add constraint "kill_switches_reason_check" check (length(reason) >= 1 and length(reason) <= 2000);`);
    this.addSql(`alter table "kill_switches" add constraint "kill_switches_release_reason_check" check (length(release_reason) <= 2000);`);
    this.addSql(`alter table "kill_switches" add constraint "kill_switches_mode_check" check ("mode" in ('BLOCK_ENTRIES', 'CANCEL_ORDERS', 'FLATTEN'));`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "refused_orders" cascade;`);
    this.addSql(`drop table if exists "kill_switches" cascade;`);

    this.addSql(`alter table "audit_events" drop constraint "audit_events_event_type_check";`);
    this.addSql(`alter table "audit_events" add constraint "audit_events_event_type_check" check ("event_type" in ('SIGNED_UP', 'SIGNED_IN', 'SIGN_IN_FAILED', 'SIGNED_OUT', 'REFRESH_TOKEN_REUSED', 'PASSWORD_CHANGED', 'PASSWORD_RESET_REQUESTED', 'PASSWORD_RESET', 'USER_CHANGED', 'ACCESS_TOKEN_CREATED', 'ACCESS_TOKEN_REVOKED', 'API_KEY_CREATED', 'API_KEY_USED', 'API_KEY_CHANGED', 'API_KEY_ROTATED', 'API_KEY_VALIDATED', 'API_KEY_DELETED', 'MASTER_KEY_ROTATED', 'BOT_STARTED', 'BOT_STOPPED', 'LIMITS_CHANGED', 'BACKUP_CREATED', 'BACKUP_RESTORED'));`);

    this.addSql(`alter table "bot_states" drop column "equity";`);

    this.addSql(`alter table "orders" drop column "reference_price";`);

    this.addSql(`alter table "risk_limits" drop column "marks";`);
  }

}
