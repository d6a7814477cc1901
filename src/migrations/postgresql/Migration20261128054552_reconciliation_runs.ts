import { Migration } from '@mikro-orm/migrations';

export class Migration20261128054552_reconciliation_runs extends Migration {

  override name = 'Migration20261128054552_reconciliation_runs';

  override up(): void | Promise<void> {
    this.addSql(`create table "reconciliation_runs" ("id" uuid not null, "created_at" timestamptz(3) not null, "user_id" uuid not null, "bot_id" uuid not null, "trigger" text not null, "outcome" text not null, "fencing_token" bigint not null, "started_at" timestamptz(3) not null, "finished_at" timestamptz(3) not null, "expected" jsonb not null, "found" jsonb null, "differences" jsonb not null, "message" text null, primary key ("id"));`);
    this.addSql(`create index "reconciliation_runs_bot_id_user_id_created_at_id_index" on "reconciliation_runs" ("bot_id", "user_id", "created_at", "id");`);
    this.addSql(`create index "reconciliation_runs_user_id_created_at_id_index" on "reconciliation_runs" ("user_id", "created_at", "id");`);

    this.addSql(`alter table "reconciliation_runs" add constraint "reconciliation_runs_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "reconciliation_runs" add constraint "reconciliation_runs_bot_id_foreign" foreign key ("bot_id") references "bots" ("id") on delete cascade;`);
    this.addSql(`alter table "reconciliation_runs" add constraint "reconciliation_runs_fencing_token_check" check (fencing_token >= 0);`);
    this.addSql(`alter table "reconciliation_runs" add constraint "reconciliation_runs_message_check" check (length(message) <= 2000);`);
    this.addSql(`alter table "reconciliation_runs" add constraint "reconciliation_runs_trigger_check" check ("trigger" in ('START', 'RESUME', 'PERIODIC'));`);
    this.addSql(`alter table "reconciliation_runs" add constraint "reconciliation_runs_outcome_check" check ("outcome" in ('MATCHED', 'REPAIRED', 'FAILED', 'INCOMPLETE'));`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "reconciliation_runs" cascade;`);
  }

}
