import { Migration } from '@mikro-orm/migrations';

export class Migration20261128120408_position_funding extends Migration {

  override name = 'Migration20261128120408_position_funding';

  override up(): void | Promise<void> {
    this.addSql(`pragma foreign_keys = off;`);
    this.addSql(`create table \`positions__temp_alter\` (\`id\` text not null primary key, \`created_at\` datetime not null, \`updated_at\` datetime not null, \`version\` integer not null default 1, \`user_id\` text not null, \`bot_id\` text null, \`exchange_id\` text not null, \`symbol\` text check (length(symbol) >= 1 and length(symbol) <= 60) not null, \`market_type\` text check (\`market_type\` in ('SPOT', 'FUTURES')) not null, \`side\` text check (\`side\` in ('LONG', 'SHORT')) not null, \`quantity\` text check (quantity >= '00000000000000000000.000000000000000000') not null, \`entry_price\` text check (entry_price > '00000000000000000000.000000000000000000') not null, \`current_price\` text check (current_price >= '00000000000000000000.000000000000000000') not null, \`unrealized_pnl\` text not null, \`realized_pnl\` text not null, \`funding\` text not null, \`funded_at\` datetime null, \`dust\` text check (dust > '00000000000000000000.000000000000000000') null, \`leverage\` text check (leverage >= '00000000000000000001.000000000000000000' and leverage <= '00000000000000000125.000000000000000000') not null, \`liquidation_price\` text check (liquidation_price >= '00000000000000000000.000000000000000000') null, \`is_open\` integer not null, \`opened_at\` datetime not null, \`closed_at\` datetime null, constraint \`positions_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete restrict, constraint \`positions_bot_id_foreign\` foreign key (\`bot_id\`) references \`bots\` (\`id\`) on delete set null, constraint \`positions_exchange_id_foreign\` foreign key (\`exchange_id\`) references \`exchanges\` (\`id\`) on delete restrict, constraint \`positions_open_has_bot\` check (not is_open or bot_id is not null), constraint \`positions_closed_has_time\` check ((closed_at is null) = is_open));`);
    this.addSql(`insert into \`positions__temp_alter\` select \`id\`, \`created_at\`, \`updated_at\`, \`version\`, \`user_id\`, \`bot_id\`, \`exchange_id\`, \`symbol\`, \`market_type\`, \`side\`, \`quantity\`, \`entry_price\`, \`current_price\`, \`unrealized_pnl\`, \`realized_pnl\`, '00000000000000000000.000000000000000000' as \`funding\`, null as \`funded_at\`, \`dust\`, \`leverage\`, \`liquidation_price\`, \`is_open\`, \`opened_at\`, \`closed_at\` from \`positions\`;`);
    this.addSql(`drop table \`positions\`;`);
    this.addSql(`alter table \`positions__temp_alter\` rename to \`positions\`;`);
    this.addSql(`create index \`positions_exchange_id_index\` on \`positions\` (\`exchange_id\`);`);
    this.addSql(`create index \`positions_symbol_exchange_id_is_open_index\` on \`positions\` (\`symbol\`, \`exchange_id\`, \`is_open\`);`);
    this.addSql(`create index \`positions_bot_id_user_id_opened_at_id_index\` on \`positions\` (\`bot_id\`, \`user_id\`, \`opened_at\`, \`id\`);`);
    this.addSql(`create index \`positions_user_id_opened_at_id_index\` on \`positions\` (\`user_id\`, \`opened_at\`, \`id\`);`);
    this.addSql(`create index \`positions_user_id_created_at_id_index\` on \`positions\` (\`user_id\`, \`created_at\`, \`id\`);`);
    this.addSql(`create unique index \`positions_one_open_per_bot_and_symbol\` on \`positions\` (\`bot_id\`, \`symbol\`) where \`is_open\` = true;`);
    this.addSql(`pragma foreign_keys = on;`);

    this.addSql(`pragma foreign_keys = off;`);
    this.addSql(`create table \`closed_trades__temp_alter\` (\`id\` text not null primary key, \`created_at\` datetime not null, \`user_id\` text not null, \`bot_id\` text null, \`position_id\` text null, \`strategy_name\` text check (length(strategy_name) >= 1 and length(strategy_name) <= 120) not null, \`exchange_id\` text not null, \`symbol\` text check (length(symbol) >= 1 and length(symbol) <= 60) not null, \`side\` text check (\`side\` in ('LONG', 'SHORT')) not null, \`quantity\` text check (quantity > '00000000000000000000.000000000000000000') not null, \`entry_price\` text check (entry_price >= '00000000000000000000.000000000000000000') not null, \`exit_price\` text check (exit_price >= '00000000000000000000.000000000000000000') not null, \`fees\` text not null, \`funding\` text not null, \`pnl\` text not null, \`pnl_percent\` text not null, \`leverage\` text check (leverage >= '00000000000000000001.000000000000000000' and leverage <= '00000000000000000125.000000000000000000') not null, \`exit_reason\` text check (\`exit_reason\` in ('SIGNAL', 'STOP_LOSS', 'TAKE_PROFIT', 'TRAILING_STOP', 'LIQUIDATION', 'MANUAL', 'RISK_LIMIT', 'END_OF_DATA')) not null, \`is_paper\` integer not null, \`opened_at\` datetime not null, \`closed_at\` datetime not null, constraint \`closed_trades_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete restrict, constraint \`closed_trades_bot_id_foreign\` foreign key (\`bot_id\`) references \`bots\` (\`id\`) on delete set null, constraint \`closed_trades_position_id_foreign\` foreign key (\`position_id\`) references \`positions\` (\`id\`) on delete restrict, constraint \`closed_trades_exchange_id_foreign\` foreign key (\`exchange_id\`) references \`exchanges\` (\`id\`) on delete restrict, constraint \`closed_trades_opened_before_closed\` check (opened_at <= closed_at));`);
    this.addSql(`insert into \`closed_trades__temp_alter\` select \`id\`, \`created_at\`, \`user_id\`, \`bot_id\`, \`position_id\`, \`strategy_name\`, \`exchange_id\`, \`symbol\`, \`side\`, \`quantity\`, \`entry_price\`, \`exit_price\`, \`fees\`, '00000000000000000000.000000000000000000' as \`funding\`, \`pnl\`, \`pnl_percent\`, \`leverage\`, \`exit_reason\`, \`is_paper\`, \`opened_at\`, \`closed_at\` from \`closed_trades\`;`);
    this.addSql(`drop table \`closed_trades\`;`);
    this.addSql(`alter table \`closed_trades__temp_alter\` rename to \`closed_trades\`;`);
    this.addSql(`create index \`closed_trades_position_id_index\` on \`closed_trades\` (\`position_id\`);`);
    this.addSql(`create index \`closed_trades_exchange_id_index\` on \`closed_trades\` (\`exchange_id\`);`);
    this.addSql(`create index \`closed_trades_bot_id_user_id_closed_at_id_index\` on \`closed_trades\` (\`bot_id\`, \`user_id\`, \`closed_at\`, \`id\`);`);
    this.addSql(`create index \`closed_trades_user_id_created_at_id_index\` on \`closed_trades\` (\`user_id\`, \`created_at\`, \`id\`);`);
    this.addSql(`create index \`closed_trades_user_id_closed_at_id_index\` on \`closed_trades\` (\`user_id\`, \`closed_at\`, \`id\`);`);
    this.addSql(`pragma foreign_keys = on;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`closed_trades\` drop column \`funding\`;`);

    this.addSql(`alter table \`positions\` drop column \`funding\`;`);
    this.addSql(`alter table \`positions\` drop column \`funded_at\`;`);
  }

}
