import { Migration } from '@mikro-orm/migrations';

export class Migration20261128113303_kill_switch_drills extends Migration {

  override name = 'Migration20261128113303_kill_switch_drills';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`kill_switches\` add column \`is_drill\` integer not null default 0;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`kill_switches\` drop column \`is_drill\`;`);
  }

}
