import { Migration } from '@mikro-orm/migrations';

export class Migration20261128045637_candle_fetches extends Migration {

  override name = 'Migration20261128045637_candle_fetches';

  override up(): void | Promise<void> {
    this.addSql(`create table "candle_fetches" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "version" int not null default 1, "user_id" uuid not null, "exchange_id" uuid not null, "symbol" text not null, "timeframe" text not null, "start_date" timestamptz(3) not null, "end_date" timestamptz(3) not null, "refetch" boolean not null, "status" text not null, "progress" double precision not null, "fetched" int not null, "known" int not null, "stored" int not null, "error" text null, "started_at" timestamptz(3) null, "finished_at" timestamptz(3) null, primary key ("id"));`);
    this.addSql(`create index "candle_fetches_exchange_id_index" on "candle_fetches" ("exchange_id");`);
    this.addSql(`create index "candle_fetches_status_created_at_index" on "candle_fetches" ("status", "created_at");`);
    this.addSql(`create index "candle_fetches_user_id_created_at_id_index" on "candle_fetches" ("user_id", "created_at", "id");`);

    this.addSql(`alter table "candle_fetches" add constraint "candle_fetches_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "candle_fetches" add constraint "candle_fetches_exchange_id_foreign" foreign key ("exchange_id") references "exchanges" ("id") on delete restrict;`);
    this.addSql(`alter table "candle_fetches" add constraint "candle_fetches_symbol_check" check (length(symbol) >= 1 and length(symbol) <= 60);`);
    this.addSql(`alter table "candle_fetches" add constraint "candle_fetches_progress_check" check (progress >= '0'::double precision and progress <= '100'::double precision);`);
    this.addSql(`alter table "candle_fetches" add constraint "candle_fetches_fetched_check" check (fetched >= 0);`);
    this.addSql(`alter table "candle_fetches" add constraint "candle_fetches_known_check" check (known >= 0);`);
    this.addSql(`alter table "candle_fetches" add constraint "candle_fetches_stored_check" check (stored >= 0);`);
    this.addSql(`alter table "candle_fetches" add constraint "candle_fetches_error_check" check (length(error) <= 4000);`);
    this.addSql(`alter table "candle_fetches" add constraint "candle_fetches_starts_before_end" check (start_date < end_date);`);
    this.addSql(`alter table "candle_fetches" add constraint "candle_fetches_timeframe_check" check ("timeframe" in ('M1', 'M3', 'M5', 'M15', 'M30', 'H1', 'H2', 'H4', 'H6', 'H12', 'D1', 'W1'));`);
    this.addSql(`alter table "candle_fetches" add constraint "candle_fetches_status_check" check ("status" in ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELED'));`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "candle_fetches" cascade;`);
  }

}
