import { Migration } from '@mikro-orm/migrations';

export class Migration20261128040948_exchange_keys_and_audit_chain extends Migration {

  override name = 'Migration20261128040948_exchange_keys_and_audit_chain';

  override up(): void | Promise<void> {
    this.addSql(`alter table "audit_events" drop constraint "audit_events_event_type_check";`);
    this.addSql(`alter table "audit_events" add "sequence" bigint null, add "hash" text null;`);
    this.addSql(`alter table "audit_events" add constraint "audit_events_sequence_unique" unique ("sequence");`);
    this.addSql(`alter table "audit_events" add constraint "audit_events_sequence_check" check (sequence >= 1);`);
    this.addSql(`alter table "audit_events" add constraint "audit_events_hash_check" check (length(hash) <= 64);`);
    this.addSql(`alter table "audit_events" add constraint "audit_events_event_type_check" check ("event_type" in ('SIGNED_UP', 'SIGNED_IN', 'SIGN_IN_FAILED', 'SIGNED_OUT', 'REFRESH_TOKEN_REUSED', 'PASSWORD_CHANGED', 'PASSWORD_RESET_REQUESTED', 'PASSWORD_RESET', 'USER_CHANGED', 'ACCESS_TOKEN_CREATED', 'ACCESS_TOKEN_REVOKED', 'API_KEY_CREATED', 'API_KEY_USED', 'API_KEY_CHANGED', 'API_KEY_ROTATED', 'API_KEY_VALIDATED', 'API_KEY_DELETED', 'MASTER_KEY_ROTATED', 'BOT_STARTED', 'BOT_STOPPED', 'LIMITS_CHANGED', 'BACKUP_CREATED', 'BACKUP_RESTORED'));`);

    this.addSql(`alter table "api_keys" add "key_hint" text not null, add "wrapped_key" text not null, add "validation_message" text null;`);
    this.addSql(`alter table "api_keys" add constraint "api_keys_key_hint_check" check (length(key_hint) >= 1 and length(key_hint) <= 16);`);
    this.addSql(`alter table "api_keys" add constraint "api_keys_wrapped_key_check" check (length(wrapped_key) >= 1 and length(wrapped_key) <= 200);`);
    this.addSql(`alter table "api_keys" add constraint "api_keys_validation_message_check" check (length(validation_message) <= 2000);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "api_keys" drop constraint "api_keys_key_hint_check";`);
    this.addSql(`alter table "api_keys" drop constraint "api_keys_wrapped_key_check";`);
    this.addSql(`alter table "api_keys" drop constraint "api_keys_validation_message_check";`);
    this.addSql(`alter table "api_keys" drop column "key_hint", drop column "wrapped_key", drop column "validation_message";`);

    this.addSql(`alter table "audit_events" drop constraint "audit_events_sequence_unique";`);
    this.addSql(`alter table "audit_events" drop constraint "audit_events_sequence_check";`);
    this.addSql(`alter table "audit_events" drop constraint "audit_events_hash_check";`);
    this.addSql(`alter table "audit_events" drop constraint "audit_events_event_type_check";`);
    this.addSql(`alter table "audit_events" drop column "sequence", drop column "hash";`);
    this.addSql(`alter table "audit_events" add constraint "audit_events_event_type_check" check ("event_type" in ('SIGNED_UP', 'SIGNED_IN', 'SIGN_IN_FAILED', 'SIGNED_OUT', 'REFRESH_TOKEN_REUSED', 'PASSWORD_CHANGED', 'PASSWORD_RESET_REQUESTED', 'PASSWORD_RESET', 'USER_CHANGED', 'ACCESS_TOKEN_CREATED', 'ACCESS_TOKEN_REVOKED', 'API_KEY_CREATED', 'API_KEY_USED', 'API_KEY_CHANGED', 'API_KEY_DELETED', 'BOT_STARTED', 'BOT_STOPPED', 'LIMITS_CHANGED', 'BACKUP_CREATED', 'BACKUP_RESTORED'));`);
  }

}
