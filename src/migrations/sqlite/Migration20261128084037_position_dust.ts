import { Migration } from '@mikro-orm/migrations';

export class Migration20261128084037_position_dust extends Migration {

  override name = 'Migration20261128084037_position_dust';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`positions\` add column \`dust\` text check (dust > '00000000000000000000.000000000000000000') null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`positions\` drop column \`dust\`;`);
  }

}
