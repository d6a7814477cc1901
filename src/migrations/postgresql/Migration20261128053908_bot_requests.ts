import { Migration } from '@mikro-orm/migrations';

export class Migration20261128053908_bot_requests extends Migration {

  override name = 'Migration20261128053908_bot_requests';

  override up(): void | Promise<void> {
    this.addSql(`create table "bot_requests" ("id" uuid not null, "created_at" timestamptz(3) not null, "user_id" uuid not null, "bot_id" uuid not null, "kind" text not null, "body" jsonb not null, "status" text not null, "result" jsonb null, "finished_at" timestamptz(3) null, primary key ("id"));`);
    this.addSql(`create index "bot_requests_user_id_index" on "bot_requests" ("user_id");`);
    this.addSql(`create index "bot_requests_bot_id_created_at_index" on "bot_requests" ("bot_id", "created_at");`);
    this.addSql(`create index "bot_requests_status_created_at_index" on "bot_requests" ("status", "created_at");`);

    this.addSql(`alter table "bot_requests" add constraint "bot_requests_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "bot_requests" add constraint "bot_requests_bot_id_foreign" foreign key ("bot_id") references "bots" ("id") on delete cascade;`);
    this.addSql(`alter table "bot_requests" add constraint "bot_requests_kind_check" check ("kind" in ('PLACE_ORDER', 'CANCEL_ORDER', 'CLOSE_POSITION'));`);
    this.addSql(`alter table "bot_requests" add constraint "bot_requests_status_check" check ("status" in ('PENDING', 'DONE', 'FAILED', 'EXPIRED'));`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "bot_requests" cascade;`);
  }

}
