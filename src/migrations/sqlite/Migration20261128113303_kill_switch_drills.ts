import { Migration } from '@mikro-orm/migrations';

export class Migration20261128113303_kill_switch_drills extends Migration {

  override name = 'Migration20261128113303_kill_switch_drills';

  override up(): void | Promise<void> {
    this.addSql(`pragma foreign_keys = off;`);
    this.addSql(`create table \`kill_switches__temp_alter\` (\`id\` text not null primary key, \`created_at\` datetime not null, \`updated_at\` datetime not null, \`version\` integer not null default 1, \`user_id\` text not null, \`bot_id\` text null, \`mode\` text check (\`mode\` in ('BLOCK_ENTRIES', 'CANCEL_ORDERS', 'FLATTEN')) not null, \`reason\` text check (length(reason) >= 1 and length(reason) <= 2000) not null, \`is_drill\` integer not null, \`activated_at\` datetime not null, \`released_at\` datetime null, \`release_reason\` text check (length(release_reason) <= 2000) null, constraint \`kill_switches_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete restrict, constraint \`kill_switches_bot_id_foreign\` foreign key (\`bot_id\`) references \`bots\` (\`id\`) on delete cascade);`);
    this.addSql(`insert into \`kill_switches__temp_alter\` select \`id\`, \`created_at\`, \`updated_at\`, \`version\`, \`user_id\`, \`bot_id\`, \`mode\`, \`reason\`, 0 as \`is_drill\`, \`activated_at\`, \`released_at\`, \`release_reason\` from \`kill_switches\`;`);
    this.addSql(`drop table \`kill_switches\`;`);
    this.addSql(`alter table \`kill_switches__temp_alter\` rename to \`kill_switches\`;`);
    this.addSql(`create index \`kill_switches_released_at_index\` on \`kill_switches\` (\`released_at\`);`);
    this.addSql(`create index \`kill_switches_bot_id_index\` on \`kill_switches\` (\`bot_id\`);`);
    this.addSql(`create index \`kill_switches_user_id_created_at_id_index\` on \`kill_switches\` (\`user_id\`, \`created_at\`, \`id\`);`);
    this.addSql(`create unique index \`kill_switches_one_per_bot\` on \`kill_switches\` (\`bot_id\`) where \`released_at\` is null;`);
    this.addSql(`create unique index \`kill_switches_one_per_account\` on \`kill_switches\` (\`user_id\`) where \`bot_id\` is null and \`released_at\` is null;`);
    this.addSql(`pragma foreign_keys = on;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`kill_switches\` drop column \`is_drill\`;`);
  }

}
