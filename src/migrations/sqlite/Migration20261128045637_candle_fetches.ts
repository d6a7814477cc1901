import { Migration } from '@mikro-orm/migrations';

export class Migration20261128045637_candle_fetches extends Migration {

  override name = 'Migration20261128045637_candle_fetches';

  override up(): void | Promise<void> {
    this.addSql(`create table \`candle_fetches\` (\`id\` text not null primary key, \`created_at\` datetime not null, \`updated_at\` datetime not null, \`version\` integer not null default 1, \`user_id\` text not null, \`exchange_id\` text not null, \`symbol\` text check (length(symbol) >= 1 and length(symbol) <= 60) not null, \`timeframe\` text check (\`timeframe\` in ('M1', 'M3', 'M5', 'M15', 'M30', 'H1', 'H2', 'H4', 'H6', 'H12', 'D1', 'W1')) not null, \`start_date\` datetime not null, \`end_date\` datetime not null, \`refetch\` integer not null, \`status\` text check (\`status\` in ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELED')) not null, \`progress\` double check (progress >= 0 and progress <= 100) not null, \`fetched\` integer check (fetched >= 0) not null, \`known\` integer check (known >= 0) not null, \`stored\` integer check (stored >= 0) not null, \`error\` text check (length(error) <= 4000) null, \`started_at\` datetime null, \`finished_at\` datetime null, constraint \`candle_fetches_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete restrict, constraint \`candle_fetches_exchange_id_foreign\` foreign key (\`exchange_id\`) references \`exchanges\` (\`id\`) on delete restrict, constraint \`candle_fetches_starts_before_end\` check (start_date < end_date));`);
    this.addSql(`create index \`candle_fetches_exchange_id_index\` on \`candle_fetches\` (\`exchange_id\`);`);
    this.addSql(`create index \`candle_fetches_status_created_at_index\` on \`candle_fetches\` (\`status\`, \`created_at\`);`);
    this.addSql(`create index \`candle_fetches_user_id_created_at_id_index\` on \`candle_fetches\` (\`user_id\`, \`created_at\`, \`id\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`candle_fetches\`;`);
  }

}
