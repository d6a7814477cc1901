import type { AccessTokenService } from '../../services/users/access-token-service.ts';
import type { UserService } from '../../services/users/user-service.ts';
import type { IdPrefix } from '../ids.ts';
import type { NodeLoader } from '../node.ts';
import { accessTokenOf, auditEventOf, userOf } from './types.ts';

/** How users, access tokens and audit events are refetched by id. */
export function userNodes(users: UserService, tokens: AccessTokenService): [IdPrefix, NodeLoader][] {
  return [
    [
      'user',
      async (viewer, ids) => {
        const user = ids.includes(viewer.userId) ? await users.find(viewer, viewer.userId) : null;
        return user ? [userOf(user)] : [];
      },
    ],
    ['atok', async (viewer, ids) => (await tokens.byIds(viewer, ids)).map(accessTokenOf)],
    ['aud', async (viewer, ids) => (await tokens.auditByIds(viewer, ids)).map(auditEventOf)],
  ];
}
