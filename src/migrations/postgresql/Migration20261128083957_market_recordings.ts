import { Migration } from '@mikro-orm/migrations';

export class Migration20261128083957_market_recordings extends Migration {

  override name = 'Migration20261128083957_market_recordings';

  override up(): void | Promise<void> {
    this.addSql(`create table "market_recordings" ("exchange" text not null, "symbol" text not null, "kind" text not null, "interval_seconds" int not null, "depth" int not null, "started_at" timestamptz(3) not null, "problem" text null, "lease_owner" text null, "lease_expires_at" bigint null, primary key ("exchange", "symbol", "kind"));`);

    this.addSql(`create table "trade_stretches" ("id" uuid not null, "created_at" timestamptz(3) not null, "exchange" text not null, "symbol" text not null, "start_at" bigint not null, "end_at" bigint not null, primary key ("id"));`);
    this.addSql(`create index "trade_stretches_exchange_symbol_start_at_index" on "trade_stretches" ("exchange", "symbol", "start_at");`);

    // Nothing has ever been written there that would lack them.
    this.addSql(`delete from "market_trades";`);
    this.addSql(`alter table "market_trades" add "open" double precision not null, add "high" double precision not null, add "low" double precision not null, add "close" double precision not null;`);
    this.addSql(`alter table "market_trades" add constraint "market_trades_make_sense" check (low <= high and buy_count + sell_count > 0);`);

    this.addSql(`alter table "market_recordings" add constraint "market_recordings_interval_seconds_check" check (interval_seconds >= 1 and interval_seconds <= 3600);`);
    this.addSql(`alter table "market_recordings" add constraint "market_recordings_depth_check" check (depth >= 1 and depth <= 100);`);
    this.addSql(`alter table "market_recordings" add constraint "market_recordings_problem_check" check (length(problem) <= 1000);`);
    this.addSql(`alter table "market_recordings" add constraint "market_recordings_lease_owner_check" check (length(lease_owner) <= 100);`);
    this.addSql(`alter table "market_recordings" add constraint "market_recordings_kind_check" check ("kind" in ('MARKET_TRADES', 'TICKERS', 'ORDER_BOOKS'));`);

    this.addSql(`alter table "trade_stretches" add constraint "trade_stretches_exchange_check" check (length(exchange) >= 1 and length(exchange) <= 60);`);
    this.addSql(`alter table "trade_stretches" add constraint "trade_stretches_symbol_check" check (length(symbol) >= 1 and length(symbol) <= 60);`);
    this.addSql(`alter table "trade_stretches" add constraint "trade_stretches_start_before_end" check (start_at <= end_at);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "market_recordings" cascade;`);
    this.addSql(`drop table if exists "trade_stretches" cascade;`);

    this.addSql(`alter table "market_trades" drop constraint "market_trades_make_sense";`);
    this.addSql(`alter table "market_trades" drop column "open", drop column "high", drop column "low", drop column "close";`);
  }

}
