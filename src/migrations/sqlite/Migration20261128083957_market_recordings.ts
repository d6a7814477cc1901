import { Migration } from '@mikro-orm/migrations';

export class Migration20261128083957_market_recordings extends Migration {

  override name = 'Migration20261128083957_market_recordings';

  override up(): void | Promise<void> {
    this.addSql(`create table \`market_recordings\` (\`exchange\` text not null, \`symbol\` text not null, \`kind\` text check (\`kind\` in ('MARKET_TRADES', 'TICKERS', 'ORDER_BOOKS')) not null, \`interval_seconds\` integer check (interval_seconds >= 1 and interval_seconds <= 3600) not null, \`depth\` integer check (depth >= 1 and depth <= 100) not null, \`started_at\` datetime not null, \`problem\` text check (length(problem) <= 1000) null, \`lease_owner\` text check (length(lease_owner) <= 100) null, \`lease_expires_at\` bigint null, primary key (\`exchange\`, \`symbol\`, \`kind\`));`);

    this.addSql(`create table \`trade_stretches\` (\`id\` text not null primary key, \`created_at\` datetime not null, \`exchange\` text check (length(exchange) >= 1 and length(exchange) <= 60) not null, \`symbol\` text check (length(symbol) >= 1 and length(symbol) <= 60) not null, \`start_at\` bigint not null, \`end_at\` bigint not null, constraint \`trade_stretches_start_before_end\` check (start_at <= end_at));`);
    this.addSql(`create index \`trade_stretches_exchange_symbol_start_at_index\` on \`trade_stretches\` (\`exchange\`, \`symbol\`, \`start_at\`);`);

    // Nothing has ever been written there.
    this.addSql(`drop table \`market_trades\`;`);
    this.addSql(`create table \`market_trades\` (\`exchange\` text not null, \`symbol\` text not null, \`timestamp\` bigint not null, \`price\` double not null, \`open\` double not null, \`high\` double not null, \`low\` double not null, \`close\` double not null, \`buy_quantity\` double check (buy_quantity >= 0) not null, \`sell_quantity\` double check (sell_quantity >= 0) not null, \`buy_count\` integer check (buy_count >= 0) not null, \`sell_count\` integer not null, primary key (\`exchange\`, \`symbol\`, \`timestamp\`), constraint \`market_trades_make_sense\` check (low <= high and buy_count + sell_count > 0), constraint \`market_trades_count_from_zero\` check (sell_count >= 0)) without rowid;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`market_recordings\`;`);
    this.addSql(`drop table if exists \`trade_stretches\`;`);

    this.addSql(`drop table \`market_trades\`;`);
    this.addSql(`create table \`market_trades\` (\`exchange\` text not null, \`symbol\` text not null, \`timestamp\` bigint not null, \`price\` double not null, \`buy_quantity\` double check (buy_quantity >= 0) not null, \`sell_quantity\` double check (sell_quantity >= 0) not null, \`buy_count\` integer check (buy_count >= 0) not null, \`sell_count\` integer not null, primary key (\`exchange\`, \`symbol\`, \`timestamp\`), constraint \`market_trades_count_from_zero\` check (sell_count >= 0)) without rowid;`);
  }

}
