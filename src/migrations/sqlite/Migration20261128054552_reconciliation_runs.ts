import { Migration } from '@mikro-orm/migrations';

export class Migration20261128054552_reconciliation_runs extends Migration {

  override name = 'Migration20261128054552_reconciliation_runs';

  override up(): void | Promise<void> {
    this.addSql(`create table \`reconciliation_runs\` (\`id\` text not null primary key, \`created_at\` datetime not null, \`user_id\` text not null, \`bot_id\` text not null, \`trigger\` text check (\`trigger\` in ('START', 'RESUME', 'PERIODIC')) not null, \`outcome\` text check (\`outcome\` in ('MATCHED', 'REPAIRED', 'FAILED', 'INCOMPLETE')) not null, \`fencing_token\` bigint check (fencing_token >= 0) not null, \`started_at\` datetime not null, \`finished_at\` datetime not null, \`expected\` json not null, \`found\` json null, \`differences\` json not null, \`message\` text check (length(message) <= 2000) null, constraint \`reconciliation_runs_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete restrict, constraint \`reconciliation_runs_bot_id_foreign\` foreign key (\`bot_id\`) references \`bots\` (\`id\`) on delete cascade);`);
    this.addSql(`create index \`reconciliation_runs_bot_id_user_id_created_at_id_index\` on \`reconciliation_runs\` (\`bot_id\`, \`user_id\`, \`created_at\`, \`id\`);`);
    this.addSql(`create index \`reconciliation_runs_user_id_created_at_id_index\` on \`reconciliation_runs\` (\`user_id\`, \`created_at\`, \`id\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`reconciliation_runs\`;`);
  }

}
