import { Field, ID, InputType } from 'type-graphql';
import { Scope } from '../../services/viewer.ts';
import { DateTimeScalar } from '../scalars.ts';

@InputType({ description: 'A new account.' })
export class SignUpInput {
  @Field(() => String, { description: 'Email address; upper and lower case are the same.' })
  email!: string;

  @Field(() => String, { description: '8 to 256 characters; the commonest are refused.' })
  password!: string;
}

@InputType({ description: 'Address and password of an account.' })
export class SignInInput {
  @Field(() => String, { description: 'Email address of the account.' })
  email!: string;

  @Field(() => String, { description: 'Its password.' })
  password!: string;
}

@InputType({ description: 'A refresh token, to be exchanged.' })
export class RefreshTokensInput {
  @Field(() => String, { description: 'The newest refresh token of the sign-in; each works once.' })
  refreshToken!: string;
}

@InputType({ description: 'The old and the new password.' })
export class ChangePasswordInput {
  @Field(() => String, { description: 'The password as it is.' })
  currentPassword!: string;

  @Field(() => String, { description: 'The password as it shall be: 8 to 256 characters.' })
  newPassword!: string;
}

@InputType({ description: 'Whose password is forgotten.' })
export class RequestPasswordResetInput {
  @Field(() => String, { description: 'Email address of the account.' })
  email!: string;
}

@InputType({ description: 'A new password, by a mailed token.' })
export class ResetPasswordInput {
  @Field(() => String, { description: 'The token out of the mail; works once, for 30 minutes.' })
  token!: string;

  @Field(() => String, { description: 'The password as it shall be: 8 to 256 characters.' })
  newPassword!: string;
}

@InputType({ description: 'A new personal access token.' })
export class CreateAccessTokenInput {
  @Field(() => String, { description: 'What to call it: 1 to 120 characters.' })
  name!: string;

  @Field(() => [Scope], { description: 'What it may do; no more than the token that makes it.' })
  scopes!: Scope[];

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it shall stop working; absent: never by itself.' })
  expiresAt?: Date | null;
}

@InputType({ description: 'Which personal access token to take back.' })
export class RevokeAccessTokenInput {
  @Field(() => ID, { description: 'An atok_ id.' })
  id!: string;
}
