import { Migration } from '@mikro-orm/migrations';

export class Migration20261128040948_exchange_keys_and_audit_chain extends Migration {

  override name = 'Migration20261128040948_exchange_keys_and_audit_chain';

  override up(): void | Promise<void> {
    this.addSql(`pragma foreign_keys = off;`);
    this.addSql(`create table \`audit_events__temp_alter\` (\`id\` text not null primary key, \`user_id\` text null, \`event_type\` text check (\`event_type\` in ('SIGNED_UP', 'SIGNED_IN', 'SIGN_IN_FAILED', 'SIGNED_OUT', 'REFRESH_TOKEN_REUSED', 'PASSWORD_CHANGED', 'PASSWORD_RESET_REQUESTED', 'PASSWORD_RESET', 'USER_CHANGED', 'ACCESS_TOKEN_CREATED', 'ACCESS_TOKEN_REVOKED', 'API_KEY_CREATED', 'API_KEY_USED', 'API_KEY_CHANGED', 'API_KEY_ROTATED', 'API_KEY_VALIDATED', 'API_KEY_DELETED', 'MASTER_KEY_ROTATED', 'BOT_STARTED', 'BOT_STOPPED', 'LIMITS_CHANGED', 'BACKUP_CREATED', 'BACKUP_RESTORED')) not null, \`details\` json not null, \`ip\` text check (length(ip) <= 64) null, \`occurred_at\` datetime not null, \`sequence\` bigint check (sequence >= 1) null, \`hash\` text check (length(hash) <= 64) null, constraint \`audit_events_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete restrict);`);
    this.addSql(`insert into \`audit_events__temp_alter\` select \`id\`, \`user_id\`, \`event_type\`, \`details\`, \`ip\`, \`occurred_at\`, null as \`sequence\`, null as \`hash\` from \`audit_events\`;`);
    this.addSql(`drop table \`audit_events\`;`);
    this.addSql(`alter table \`audit_events__temp_alter\` rename to \`audit_events\`;`);
    this.addSql(`create unique index \`audit_events_sequence_unique\` on \`audit_events\` (\`sequence\`);`);
    this.addSql(`create index \`audit_events_occurred_at_id_index\` on \`audit_events\` (\`occurred_at\`, \`id\`);`);
    this.addSql(`create index \`audit_events_user_id_occurred_at_id_index\` on \`audit_events\` (\`user_id\`, \`occurred_at\`, \`id\`);`);
    this.addSql(`pragma foreign_keys = on;`);

    this.addSql(`pragma foreign_keys = off;`);
    this.addSql(`create table \`api_keys__temp_alter\` (\`id\` text not null primary key, \`created_at\` datetime not null, \`updated_at\` datetime not null, \`version\` integer not null default 1, \`user_id\` text not null, \`exchange_id\` text not null, \`label\` text check (length(label) >= 1 and length(label) <= 120) not null, \`key_hint\` text check (length(key_hint) >= 1 and length(key_hint) <= 16) not null, \`wrapped_key\` text check (length(wrapped_key) >= 1 and length(wrapped_key) <= 200) not null, \`encrypted_api_key\` text check (length(encrypted_api_key) >= 1 and length(encrypted_api_key) <= 8192) not null, \`encrypted_secret\` text check (length(encrypted_secret) >= 1 and length(encrypted_secret) <= 32768) not null, \`encrypted_passphrase\` text check (length(encrypted_passphrase) <= 8192) null, \`encrypted_additional_fields\` text check (length(encrypted_additional_fields) <= 32768) null, \`key_version\` integer check (key_version >= 1) not null, \`permission\` text check (\`permission\` in ('READ_ONLY', 'TRADE')) not null, \`is_valid\` integer not null, \`last_validated_at\` datetime null, \`validation_message\` text check (length(validation_message) <= 2000) null, \`lease_owner\` text check (length(lease_owner) <= 120) null, \`lease_expires_at\` datetime null, \`lease_token\` bigint check (lease_token >= 0) not null, constraint \`api_keys_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete restrict, constraint \`api_keys_exchange_id_foreign\` foreign key (\`exchange_id\`) references \`exchanges\` (\`id\`) on delete restrict);`);
    this.addSql(`insert into \`api_keys__temp_alter\` select \`id\`, \`created_at\`, \`updated_at\`, \`version\`, \`user_id\`, \`exchange_id\`, \`label\`, null as \`key_hint\`, null as \`wrapped_key\`, \`encrypted_api_key\`, \`encrypted_secret\`, \`encrypted_passphrase\`, \`encrypted_additional_fields\`, \`key_version\`, \`permission\`, \`is_valid\`, \`last_validated_at\`, null as \`validation_message\`, \`lease_owner\`, \`lease_expires_at\`, \`lease_token\` from \`api_keys\`;`);
    this.addSql(`drop table \`api_keys\`;`);
    this.addSql(`alter table \`api_keys__temp_alter\` rename to \`api_keys\`;`);
    this.addSql(`create index \`api_keys_exchange_id_index\` on \`api_keys\` (\`exchange_id\`);`);
    this.addSql(`create index \`api_keys_user_id_created_at_id_index\` on \`api_keys\` (\`user_id\`, \`created_at\`, \`id\`);`);
    this.addSql(`create unique index \`api_keys_user_id_label_unique\` on \`api_keys\` (\`user_id\`, \`label\`);`);
    this.addSql(`pragma foreign_keys = on;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`pragma foreign_keys = off;`);
    this.addSql(`create table \`api_keys__temp_alter\` (\`created_at\` datetime not null, \`encrypted_additional_fields\` text check (length(encrypted_additional_fields) <= 32768) null, \`encrypted_api_key\` text check (length(encrypted_api_key) >= 1 and length(encrypted_api_key) <= 8192) not null, \`encrypted_passphrase\` text check (length(encrypted_passphrase) <= 8192) null, \`encrypted_secret\` text check (length(encrypted_secret) >= 1 and length(encrypted_secret) <= 32768) not null, \`exchange_id\` text not null, \`id\` text not null primary key, \`is_valid\` integer not null, \`key_version\` integer check (key_version >= 1) not null, \`label\` text check (length(label) >= 1 and length(label) <= 120) not null, \`last_validated_at\` datetime null, \`lease_expires_at\` datetime null, \`lease_owner\` text check (length(lease_owner) <= 120) null, \`lease_token\` bigint check (lease_token >= 0) not null, \`permission\` text check (\`permission\` in ('READ_ONLY', 'TRADE')) not null, \`updated_at\` datetime not null, \`user_id\` text not null, \`version\` integer not null default 1, constraint \`api_keys_exchange_id_foreign\` foreign key (\`exchange_id\`) references \`exchanges\` (\`id\`) on delete restrict, constraint \`api_keys_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete restrict);`);
    this.addSql(`insert into \`api_keys__temp_alter\` select \`created_at\`, \`encrypted_additional_fields\`, \`encrypted_api_key\`, \`encrypted_passphrase\`, \`encrypted_secret\`, \`exchange_id\`, \`id\`, \`is_valid\`, \`key_version\`, \`label\`, \`last_validated_at\`, \`lease_expires_at\`, \`lease_owner\`, \`lease_token\`, \`permission\`, \`updated_at\`, \`user_id\`, \`version\` from \`api_keys\`;`);
    this.addSql(`drop table \`api_keys\`;`);
    this.addSql(`alter table \`api_keys__temp_alter\` rename to \`api_keys\`;`);
    this.addSql(`create index \`api_keys_exchange_id_index\` on \`api_keys\` (\`exchange_id\`);`);
    this.addSql(`create index \`api_keys_user_id_created_at_id_index\` on \`api_keys\` (\`user_id\`, \`created_at\`, \`id\`);`);
    this.addSql(`create unique index \`api_keys_user_id_label_unique\` on \`api_keys\` (\`user_id\`, \`label\`);`);
    this.addSql(`pragma foreign_keys = on;`);

    this.addSql(`pragma foreign_keys = off;`);
    this.addSql(`create table \`audit_events__temp_alter\` (\`details\` json not null, \`event_type\` text check (\`event_type\` in ('SIGNED_UP', 'SIGNED_IN', 'SIGN_IN_FAILED', 'SIGNED_OUT', 'REFRESH_TOKEN_REUSED', 'PASSWORD_CHANGED', 'PASSWORD_RESET_REQUESTED', 'PASSWORD_RESET', 'USER_CHANGED', 'ACCESS_TOKEN_CREATED', 'ACCESS_TOKEN_REVOKED', 'API_KEY_CREATED', 'API_KEY_USED', 'API_KEY_CHANGED', 'API_KEY_DELETED', 'BOT_STARTED', 'BOT_STOPPED', 'LIMITS_CHANGED', 'BACKUP_CREATED', 'BACKUP_RESTORED')) not null, \`id\` text not null primary key, \`ip\` text check (length(ip) <= 64) null, \`occurred_at\` datetime not null, \`user_id\` text null, constraint \`audit_events_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on delete restrict);`);
    this.addSql(`insert into \`audit_events__temp_alter\` select \`details\`, \`event_type\`, \`id\`, \`ip\`, \`occurred_at\`, \`user_id\` from \`audit_events\`;`);
    this.addSql(`drop table \`audit_events\`;`);
    this.addSql(`alter table \`audit_events__temp_alter\` rename to \`audit_events\`;`);
    this.addSql(`create index \`audit_events_occurred_at_id_index\` on \`audit_events\` (\`occurred_at\`, \`id\`);`);
    this.addSql(`create index \`audit_events_user_id_occurred_at_id_index\` on \`audit_events\` (\`user_id\`, \`occurred_at\`, \`id\`);`);
    this.addSql(`pragma foreign_keys = on;`);
  }

}
