import { Migration } from '@mikro-orm/migrations';

export class Migration20261128053908_bot_requests extends Migration {

  override name = 'Migration20261128053908_bot_requests';

  override up(): void | Promise<void> {
    this.addSql(`create table \`bot_requests\` (\`id\` text not null primary key, \`created_at\` datetime not null, \`user_id\` text not null, \`bot_id\` text not null, \`kind\` text check (\`kind\` in ('PLACE_ORDER', 'CANCEL_ORDER', 'CLOSE_POSITION')) not null, \`body\` json not null, \`status\` text check (\`status\` in ('PENDING', 'DONE', 'FAILED', 'EXPIRED')) not null, \`result\` json null, \`finished_at\` datetime null, constraint \`bot_requests_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete cascade, constraint \`bot_requests_bot_id_foreign\` foreign key (\`bot_id\`) references \`bots\` (\`id\`) on delete cascade);`);
    this.addSql(`create index \`bot_requests_user_id_index\` on \`bot_requests\` (\`user_id\`);`);
    this.addSql(`create index \`bot_requests_bot_id_created_at_index\` on \`bot_requests\` (\`bot_id\`, \`created_at\`);`);
    this.addSql(`create index \`bot_requests_status_created_at_index\` on \`bot_requests\` (\`status\`, \`created_at\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`bot_requests\`;`);
  }

}
