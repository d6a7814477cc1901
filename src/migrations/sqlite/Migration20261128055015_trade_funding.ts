import { Migration } from '@mikro-orm/migrations';

export class Migration20261128055015_trade_funding extends Migration {

  override name = 'Migration20261128055015_trade_funding';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`backtest_trades\` add column \`funding\` double null;`);
    this.addSql(`alter table \`backtest_trades\` add column \`candles_held\` integer null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`backtest_trades\` drop column \`funding\`;`);
    this.addSql(`alter table \`backtest_trades\` drop column \`candles_held\`;`);
  }

}
