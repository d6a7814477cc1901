import type { Config } from '../config.ts';
import type { IdPrefix } from '../resolvers/ids.ts';
import type { NodeLoader } from '../resolvers/node.ts';
import { userNodes } from '../resolvers/users/nodes.ts';
import { UserResolver } from '../resolvers/users/user-resolver.ts';
import type { Clock } from '../services/clock.ts';
import type { Database } from '../services/database/index.ts';
import type { Logger } from '../services/logger.ts';
import { LogMailer } from '../services/notifications/log-mailer.ts';
import type { Mailer } from '../services/notifications/mailer.ts';
import { AccessTokens } from '../services/security/access-tokens.ts';
import { Passwords } from '../services/security/passwords.ts';
import { Revocations } from '../services/security/revocations.ts';
import { guessPolicy, requestPolicy, Throttle } from '../services/security/throttle.ts';
import { AccessTokenService } from '../services/users/access-token-service.ts';
import { Authenticator } from '../services/users/authenticator.ts';
import { Sessions } from '../services/users/sessions.ts';
import { UserService } from '../services/users/user-service.ts';

interface UserParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The installation's, from which keys are derived. */
  readonly secret: string;
  readonly config: Pick<Config, 'signup' | 'production'>;
  readonly mailer: Mailer | undefined;
  readonly passwords: Passwords | undefined;
}

/** Accounts, their sessions and tokens, put together. */
export class Users {
  readonly service: UserService;
  readonly authenticator: Authenticator;
  readonly revocations = new Revocations();
  readonly resolver: UserResolver;
  readonly nodes: [IdPrefix, NodeLoader][];

  constructor({ database, clock, logger, secret, config, mailer, passwords }: UserParts) {
    const { revocations } = this;
    const accessTokens = new AccessTokens(secret, clock);
    this.service = new UserService({
      database,
      clock,
      logger,
      mailer: mailer ?? new LogMailer(logger),
      passwords: passwords ?? new Passwords(),
      sessions: new Sessions(database, clock, accessTokens, revocations),
      revocations,
      guesses: new Throttle(clock, guessPolicy),
      requests: new Throttle(clock, requestPolicy),
      signup: config.signup,
      production: config.production,
    });
    this.authenticator = new Authenticator(database, clock, accessTokens, revocations);
    const tokens = new AccessTokenService(database, clock, revocations);
    this.resolver = new UserResolver(this.service, tokens);
    this.nodes = userNodes(this.service, tokens);
  }
}
