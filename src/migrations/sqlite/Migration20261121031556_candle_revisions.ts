import { Migration } from '@mikro-orm/migrations';

export class Migration20261121031556_candle_revisions extends Migration {

  override name = 'Migration20261121031556_candle_revisions';

  override up(): void | Promise<void> {
    this.addSql(`create table \`candle_revisions\` (\`exchange\` text not null, \`symbol\` text not null, \`timeframe\` text check (\`timeframe\` in ('M1', 'M3', 'M5', 'M15', 'M30', 'H1', 'H2', 'H4', 'H6', 'H12', 'D1', 'W1')) not null, \`revision\` bigint check (revision >= 1) not null, \`rewritten\` bigint check (rewritten >= 1) not null, \`newest\` bigint not null, primary key (\`exchange\`, \`symbol\`, \`timeframe\`));`);

    // Candles that were stored before: each series as if it had been written once.
    this.addSql(`insert into candle_revisions (exchange, symbol, timeframe, revision, rewritten, newest) select exchange, symbol, timeframe, 1, 1, max(open_time) from candles group by exchange, symbol, timeframe;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`candle_revisions\`;`);
  }

}
