import { Migration } from '@mikro-orm/migrations';

export class Migration20261128120408_position_funding extends Migration {

  override name = 'Migration20261128120408_position_funding';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`positions\` add column \`funding\` text not null default '00000000000000000000.000000000000000000';`);
    this.addSql(`alter table \`positions\` add column \`funded_at\` datetime null;`);

    this.addSql(`alter table \`closed_trades\` add column \`funding\` text not null default '00000000000000000000.000000000000000000';`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`closed_trades\` drop column \`funding\`;`);

    this.addSql(`alter table \`positions\` drop column \`funding\`;`);
    this.addSql(`alter table \`positions\` drop column \`funded_at\`;`);
  }

}
