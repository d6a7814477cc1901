import { Migration } from '@mikro-orm/migrations';

export class Migration20261121031556_candle_revisions extends Migration {

  override name = 'Migration20261121031556_candle_revisions';

  override up(): void | Promise<void> {
    this.addSql(`create table "candle_revisions" ("exchange" text not null, "symbol" text not null, "timeframe" text not null, "revision" bigint not null, "rewritten" bigint not null, "newest" bigint not null, primary key ("exchange", "symbol", "timeframe"));`);

    this.addSql(`alter table "candle_revisions" add constraint "candle_revisions_revision_check" check (revision >= 1);`);
    this.addSql(`alter table "candle_revisions" add constraint "candle_revisions_rewritten_check" check (rewritten >= 1);`);
    this.addSql(`alter table "candle_revisions" add constraint "candle_revisions_timeframe_check" check ("timeframe" in ('M1', 'M3', 'M5', 'M15', 'M30', 'H1', 'H2', 'H4', 'H6', 'H12', 'D1', 'W1'));`);

    // Candles that were stored before: each series as if it had been written once.
    this.addSql(`insert into candle_revisions (exchange, symbol, timeframe, revision, rewritten, newest) select exchange, symbol, timeframe, 1, 1, max(open_time) from candles group by exchange, symbol, timeframe;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "candle_revisions" cascade;`);
  }

}
