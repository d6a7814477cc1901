import { Migration } from '@mikro-orm/migrations';

export class Migration20261128144022_funds_transfers extends Migration {

  override name = 'Migration20261128144022_funds_transfers';

  override up(): void | Promise<void> {
    this.addSql(`create table "funds_transfers" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "version" int not null default 1, "user_id" uuid not null, "bot_id" uuid null, "exchange_id" uuid not null, "account" text not null, "asset" text not null, "amount" numeric(38,18) not null, "status" text not null, "exchange_transfer_id" text null, "fencing_token" bigint not null, "sent_at" timestamptz(3) not null, "ended_at" timestamptz(3) null, "lookup_misses" int not null, "reason" text null, primary key ("id"));`);
    this.addSql(`create index "funds_transfers_bot_id_sent_at_index" on "funds_transfers" ("bot_id", "sent_at");`);
    this.addSql(`create index "funds_transfers_bot_id_user_id_created_at_id_index" on "funds_transfers" ("bot_id", "user_id", "created_at", "id");`);
    this.addSql(`create index "funds_transfers_user_id_created_at_id_index" on "funds_transfers" ("user_id", "created_at", "id");`);
    this.addSql(`alter table "funds_transfers" add constraint "funds_transfers_exchange_id_account_exchange_transfer_id_unique" unique ("exchange_id", "account", "exchange_transfer_id");`);

    this.addSql(`alter table "events" drop constraint "events_type_check";`);
    this.addSql(`alter table "events" add constraint "events_type_check" check ("type" in ('ORDER_CHANGED', 'ORDER_FILLED', 'POSITION_CHANGED', 'POSITION_CLOSED', 'BOT_CHANGED', 'BOT_STATE_CHANGED', 'BOT_DELETED', 'FUNDS_TRANSFER_CHANGED', 'BALANCE_CHANGED', 'JOB_PROGRESSED', 'RISK_LIMIT_REACHED', 'ALERT_TRIGGERED', 'LOG_APPENDED'));`);

    this.addSql(`alter table "api_keys" add "can_transfer" boolean null;`);

    this.addSql(`alter table "bots" add "auto_transfer_funds" boolean not null default false, add "transfer_amount" numeric(38,18) null;`);
    this.addSql(`alter table "bots" alter column "auto_transfer_funds" drop default;`);
    this.addSql(`alter table "bots" add constraint "bots_transfer_amount_check" check (transfer_amount > '0');`);
    this.addSql(`alter table "bots" add constraint "bots_transfer_amount_is_of_a_transfer" check (transfer_amount is null or auto_transfer_funds);`);
    this.addSql(`alter table "bots" add constraint "bots_only_live_ones_transfer" check (not auto_transfer_funds or mode = 'LIVE');`);

    this.addSql(`alter table "funds_transfers" add constraint "funds_transfers_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "funds_transfers" add constraint "funds_transfers_bot_id_foreign" foreign key ("bot_id") references "bots" ("id") on delete set null;`);
    this.addSql(`alter table "funds_transfers" add constraint "funds_transfers_exchange_id_foreign" foreign key ("exchange_id") references "exchanges" ("id") on delete restrict;`);
    this.addSql(`alter table "funds_transfers" add constraint "funds_transfers_account_check" check (length(account) >= 1 and length(account) <= 120);`);
    this.addSql(`alter table "funds_transfers" add constraint "funds_transfers_asset_check" check (length(asset) >= 1 and length(asset) <= 30);`);
    this.addSql(`alter table "funds_transfers" add constraint "funds_transfers_amount_check" check (amount > '0');`);
    this.addSql(`alter table "funds_transfers" add constraint "funds_transfers_exchange_transfer_id_check" check (length(exchange_transfer_id) >= 1 and length(exchange_transfer_id) <= 120);`);
    this.addSql(`alter table "funds_transfers" add constraint "funds_transfers_fencing_token_check" check (fencing_token >= 0);`);
    this.addSql(`alter table "funds_transfers" add constraint "funds_transfers_lookup_misses_check" check (lookup_misses >= 0);`);
    this.addSql(`alter table "funds_transfers" add constraint "funds_transfers_reason_check" check (length(reason) <= 2000);`);
    this.addSql(`alter table "funds_transfers" add constraint "funds_transfers_status_check" check ("status" in ('SENT', 'DONE', 'REFUSED', 'ABSENT', 'UNKNOWN'));`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "funds_transfers" cascade;`);

    this.addSql(`alter table "api_keys" drop column "can_transfer";`);

    this.addSql(`alter table "bots" drop constraint "bots_transfer_amount_check";`);
    this.addSql(`alter table "bots" drop constraint "bots_transfer_amount_is_of_a_transfer";`);
    this.addSql(`alter table "bots" drop constraint "bots_only_live_ones_transfer";`);
    this.addSql(`alter table "bots" drop column "auto_transfer_funds", drop column "transfer_amount";`);

    // Nothing tells this type, and numbers stay without gaps.
    this.addSql(`update "events" set "type" = 'BALANCE_CHANGED' where "type" = 'FUNDS_TRANSFER_CHANGED';`);
    this.addSql(`alter table "events" drop constraint "events_type_check";`);
    this.addSql(`alter table "events" add constraint "events_type_check" check ("type" in ('ORDER_CHANGED', 'ORDER_FILLED', 'POSITION_CHANGED', 'POSITION_CLOSED', 'BOT_CHANGED', 'BOT_STATE_CHANGED', 'BOT_DELETED', 'BALANCE_CHANGED', 'JOB_PROGRESSED', 'RISK_LIMIT_REACHED', 'ALERT_TRIGGERED', 'LOG_APPENDED'));`);
  }

}
