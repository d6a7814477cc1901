import { Field, ObjectType } from 'type-graphql';
import { MutationPayload } from '../payload.ts';
import { DateTimeScalar } from '../scalars.ts';
import { AccessToken, User } from './types.ts';

/** Tokens and whose they are: what signing up, in, and refreshing answer alike. */
@ObjectType({ description: 'The tokens of a sign-in.' })
abstract class TokenPayload extends MutationPayload {
  @Field(() => String, {
    nullable: true,
    description: 'Send it as "Authorization: Bearer …"; works until `accessTokenExpiresAt`.',
  })
  accessToken?: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the access token stops working.' })
  accessTokenExpiresAt?: Date;

  @Field(() => String, { nullable: true, description: 'Exchange it with refreshTokens; each works once.' })
  refreshToken?: string;

  @Field(() => User, { nullable: true, description: 'Who is signed in.' })
  user?: User | null;
}

@ObjectType({ description: 'The new account, signed in.' })
export class SignUpPayload extends TokenPayload {}

@ObjectType({ description: 'The sign-in.' })
export class SignInPayload extends TokenPayload {}

@ObjectType({ description: 'The next pair of tokens.' })
export class RefreshTokensPayload extends TokenPayload {}

@ObjectType({ description: 'The end of a sign-in.' })
export class SignOutPayload extends MutationPayload {}

@ObjectType({ description: 'A changed password: all other sign-ins have ended.' })
export class ChangePasswordPayload extends MutationPayload {}

@ObjectType({ description: 'The same whether or not the address has an account.' })
export class RequestPasswordResetPayload extends MutationPayload {}

@ObjectType({ description: 'A new password: all sign-ins have ended.' })
export class ResetPasswordPayload extends MutationPayload {}

@ObjectType({ description: 'A new personal access token.' })
export class CreateAccessTokenPayload extends MutationPayload {
  @Field(() => AccessToken, { nullable: true, description: 'The token, without its text.' })
  accessToken?: AccessToken;

  @Field(() => String, { nullable: true, description: 'Its text, told this once: keep it now.' })
  secret?: string;
}

@ObjectType({ description: 'The token that no longer works.' })
export class RevokeAccessTokenPayload extends MutationPayload {
  @Field(() => AccessToken, { nullable: true, description: 'The token as it is now.' })
  accessToken?: AccessToken;
}
