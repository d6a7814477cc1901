import { Field, ObjectType } from 'type-graphql';
import { AuditEventType } from '../../entities/identity/AuditEvent.ts';
import { Role } from '../../entities/identity/scope.ts';
import type { AccessTokenView, AuditEventView } from '../../services/users/access-token-service.ts';
import type { UserView } from '../../services/users/user-service.ts';
import { Scope } from '../../services/viewer.ts';
import { connectionOf } from '../connection.ts';
import { describeEnum } from '../enums.ts';
import { toGlobalId } from '../ids.ts';
import { Node } from '../node.ts';
import { DateTimeScalar, JsonObjectScalar } from '../scalars.ts';

describeEnum(Role, 'Role', 'What a person may do on this server.', {
  ADMIN: 'Everything; the first account has it.',
  TRADER: 'Trade with their own bots and keys.',
  VIEWER: 'Look, but change nothing.',
});
describeEnum(Scope, 'Scope', 'What a token may do.', {
  READ: 'Queries and subscriptions.',
  TRADE: 'Also mutations.',
  ADMIN: 'Also what concerns the whole server.',
});
describeEnum(AuditEventType, 'AuditEventType', 'What happened to an account.', {
  SIGNED_UP: 'The account was made.',
  SIGNED_IN: 'Somebody signed in.',
  SIGN_IN_FAILED: 'Somebody tried to sign in, with a wrong password.',
  SIGNED_OUT: 'A sign-in was ended.',
  REFRESH_TOKEN_REUSED: 'A spent refresh token was used again, so its sign-in was ended.',
  PASSWORD_CHANGED: 'The password was changed.',
  PASSWORD_RESET_REQUESTED: 'A reset token was mailed.',
  PASSWORD_RESET: 'The password was set with a mailed token.',
  USER_CHANGED: 'Role or state of the account was changed.',
  ACCESS_TOKEN_CREATED: 'A personal access token was made.',
  ACCESS_TOKEN_REVOKED: 'A personal access token was taken back.',
  API_KEY_CREATED: 'An exchange key was stored.',
  API_KEY_USED: 'An exchange key was used.',
  API_KEY_CHANGED: 'An exchange key was changed.',
  API_KEY_ROTATED: 'An exchange key was given new secrets.',
  API_KEY_VALIDATED: 'An exchange was asked what a key may do.',
  API_KEY_DELETED: 'An exchange key was deleted.',
  MASTER_KEY_ROTATED: 'The data keys of stored secrets were wrapped by another master key.',
  BOT_STARTED: 'A bot was started.',
  BOT_STOPPED: 'A bot was stopped.',
  KILL_SWITCH_ACTIVATED: 'A kill switch was called, or made sharper.',
  KILL_SWITCH_RELEASED: 'A kill switch was released.',
  LIMITS_CHANGED: 'A risk limit was changed.',
  BACKUP_CREATED: 'A backup was made.',
  BACKUP_RESTORED: 'A backup was restored.',
});

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A person with an account. One sees only oneself.' })
export class User extends Node {
  @Field(() => String, { description: 'Address, in the one spelling that the server keeps.' })
  email!: string;

  @Field(() => Role, { description: 'What they may do.' })
  role!: Role;

  @Field(() => DateTimeScalar, { description: 'When the account was made.' })
  createdAt!: Date;
}

export function userOf(view: UserView): User {
  return Object.assign(new User(), view, { id: toGlobalId('user', view.id) });
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'A personal token for scripts. The token itself is told once, by createAccessToken.',
})
export class AccessToken extends Node {
  @Field(() => String, { description: 'What its owner calls it.' })
  name!: string;

  @Field(() => [Scope], { description: 'What it may do.' })
  scopes!: readonly Scope[];

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it stops working; null: never by itself.' })
  expiresAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was last used, to the minute.' })
  lastUsedAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was taken back.' })
  revokedAt!: Date | null;
}
export const AccessTokenConnection = connectionOf(AccessToken, 'AccessToken', 'access tokens');

export function accessTokenOf(view: AccessTokenView): AccessToken {
  return Object.assign(new AccessToken(), view, { id: toGlobalId('atok', view.id) });
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'Something that was done with an account. Nothing is ever taken out of this list.',
})
export class AuditEvent extends Node {
  @Field(() => AuditEventType, { description: 'What happened.' })
  eventType!: AuditEventType;

  @Field(() => JsonObjectScalar, { description: 'What belongs to it; never a secret.' })
  details!: Record<string, unknown>;

  @Field(() => String, { nullable: true, description: 'Network address that it came from.' })
  ip!: string | null;

  @Field(() => DateTimeScalar, { description: 'When it happened.' })
  occurredAt!: Date;
}
export const AuditEventConnection = connectionOf(AuditEvent, 'AuditEvent', 'audit events');

export function auditEventOf(view: AuditEventView): AuditEvent {
  return Object.assign(new AuditEvent(), view, { id: toGlobalId('aud', view.id) });
}
