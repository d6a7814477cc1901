import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { AccessTokenService } from '../../services/users/access-token-service.ts';
import type { RequestOrigin } from '../../services/users/origin.ts';
import type { TokenPair } from '../../services/users/sessions.ts';
import type { UserService } from '../../services/users/user-service.ts';
import { Public, RequiresScope } from '../access.ts';
import { PageArgs, PageView } from '../connection.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { fromGlobalId } from '../ids.ts';
import { mutation } from '../payload.ts';
import {
  ChangePasswordInput,
  CreateAccessTokenInput,
  RefreshTokensInput,
  RequestPasswordResetInput,
  ResetPasswordInput,
  RevokeAccessTokenInput,
  SignInInput,
  SignUpInput,
} from './inputs.ts';
import {
  ChangePasswordPayload,
  CreateAccessTokenPayload,
  RefreshTokensPayload,
  RequestPasswordResetPayload,
  ResetPasswordPayload,
  RevokeAccessTokenPayload,
  SignInPayload,
  SignOutPayload,
  SignUpPayload,
} from './payloads.ts';
import {
  AccessTokenConnection,
  accessTokenOf,
  type AccessToken,
  AuditEventConnection,
  type AuditEvent,
  auditEventOf,
  User,
  userOf,
} from './types.ts';

const originOf = ({ ip, userAgent }: RequestContext): RequestOrigin => ({ address: ip, userAgent: userAgent ?? undefined });
const input = { description: 'What the mutation needs.' };

/** Accounts, sign-ins and personal access tokens. */
@Resolver()
export class UserResolver {
  readonly #users: UserService;
  readonly #tokens: AccessTokenService;

  constructor(users: UserService, tokens: AccessTokenService) {
    this.#users = users;
    this.#tokens = tokens;
  }

  @Public()
  @Query(() => User, { nullable: true, description: 'Who is asking; null when nobody is signed in.' })
  async viewer(@Ctx() { viewer }: RequestContext): Promise<User | null> {
    const user = viewer && (await this.#users.find(viewer, viewer.userId));
    return user ? userOf(user) : null;
  }

  @Query(() => AccessTokenConnection, { description: 'Your personal access tokens, newest first.' })
  async accessTokens(
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: RequestContext,
  ): Promise<PageView<unknown, AccessToken>> {
    const viewer = viewerOf(context);
    return new PageView(await this.#tokens.page(viewer, page), accessTokenOf, () => this.#tokens.count(viewer));
  }

  @Query(() => AuditEventConnection, { description: 'What was done with your account, newest first.' })
  async auditEvents(
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: RequestContext,
  ): Promise<PageView<unknown, AuditEvent>> {
    const viewer = viewerOf(context);
    return new PageView(await this.#tokens.auditPage(viewer, page), auditEventOf, () => this.#tokens.auditCount(viewer));
  }

  @Public()
  @Mutation(() => SignUpPayload, { description: 'Makes an account and signs in. The first account of a server becomes ADMIN.' })
  signUp(@Arg('input', () => SignUpInput, input) account: SignUpInput, @Ctx() context: RequestContext): Promise<SignUpPayload> {
    return mutation(SignUpPayload, async () => this.#signedIn(await this.#users.signUp(account, originOf(context))));
  }

  @Public()
  @Mutation(() => SignInPayload, { description: 'Signs in with address and password. Attempts are slowed down as they fail.' })
  signIn(@Arg('input', () => SignInInput, input) account: SignInInput, @Ctx() context: RequestContext): Promise<SignInPayload> {
    return mutation(SignInPayload, async () => this.#signedIn(await this.#users.signIn(account, originOf(context))));
  }

  @Public()
  @Mutation(() => RefreshTokensPayload, {
    description: 'Exchanges a refresh token for the next pair. One that is used twice ends its sign-in.',
  })
  refreshTokens(
    @Arg('input', () => RefreshTokensInput, input) { refreshToken }: RefreshTokensInput,
    @Ctx() context: RequestContext,
  ): Promise<RefreshTokensPayload> {
    return mutation(RefreshTokensPayload, async () => this.#signedIn(await this.#users.refresh(refreshToken, originOf(context))));
  }

  async #signedIn({ userId, ...tokens }: TokenPair): Promise<Omit<TokenPair, 'userId'> & { user: User | null }> {
    const user = await this.#users.find({ userId, role: 'TRADER', scopes: [] }, userId);
    return { ...tokens, user: user && userOf(user) };
  }

  @RequiresScope('READ')
  @Mutation(() => SignOutPayload, { description: 'Ends the sign-in of this token, and closes its sockets.' })
  signOut(@Ctx() context: RequestContext): Promise<SignOutPayload> {
    return mutation(SignOutPayload, async () => {
      await this.#users.signOut(viewerOf(context), originOf(context));
      return {};
    });
  }

  @RequiresScope('READ')
  @Mutation(() => ChangePasswordPayload, { description: 'Changes your password and ends all your other sign-ins.' })
  changePassword(
    @Arg('input', () => ChangePasswordInput, input) passwords: ChangePasswordInput,
    @Ctx() context: RequestContext,
  ): Promise<ChangePasswordPayload> {
    return mutation(ChangePasswordPayload, async () => {
      await this.#users.changePassword(viewerOf(context), passwords, originOf(context));
      return {};
    });
  }

  @Public()
  @Mutation(() => RequestPasswordResetPayload, {
    description: 'Mails a token to set a new password with. Tells nobody whether the address has an account.',
  })
  requestPasswordReset(
    @Arg('input', () => RequestPasswordResetInput, input) { email }: RequestPasswordResetInput,
    @Ctx() context: RequestContext,
  ): Promise<RequestPasswordResetPayload> {
    return mutation(RequestPasswordResetPayload, async () => {
      await this.#users.requestPasswordReset(email, originOf(context));
      return {};
    });
  }

  @Public()
  @Mutation(() => ResetPasswordPayload, {
    description: 'Sets a new password with a mailed token. All sign-ins end; sign in anew.',
  })
  resetPassword(
    @Arg('input', () => ResetPasswordInput, input) reset: ResetPasswordInput,
    @Ctx() context: RequestContext,
  ): Promise<ResetPasswordPayload> {
    return mutation(ResetPasswordPayload, async () => {
      await this.#users.resetPassword(reset, originOf(context));
      return {};
    });
  }

  @Mutation(() => CreateAccessTokenPayload, {
    description: 'Makes a personal access token for a script. Its text is told this once.',
  })
  createAccessToken(
    @Arg('input', () => CreateAccessTokenInput, input) wanted: CreateAccessTokenInput,
    @Ctx() context: RequestContext,
  ): Promise<CreateAccessTokenPayload> {
    return mutation(CreateAccessTokenPayload, async () => {
      const { token, secret } = await this.#tokens.create(viewerOf(context), wanted, originOf(context));
      return { accessToken: accessTokenOf(token), secret };
    });
  }

  @Mutation(() => RevokeAccessTokenPayload, {
    description: 'Takes a personal access token back at once, and closes its sockets.',
  })
  revokeAccessToken(
    @Arg('input', () => RevokeAccessTokenInput, input) { id }: RevokeAccessTokenInput,
    @Ctx() context: RequestContext,
  ): Promise<RevokeAccessTokenPayload> {
    return mutation(RevokeAccessTokenPayload, async () => {
      const uuid = fromGlobalId('atok', id, ['input', 'id']);
      return { accessToken: accessTokenOf(await this.#tokens.revoke(viewerOf(context), uuid, originOf(context))) };
    });
  }
}
