import { Field, Int, ObjectType } from 'type-graphql';
import { ApiKeyPermission } from '../../entities/exchange/ApiKey.ts';
import type { ApiKeyView } from '../../services/api-keys/api-key-view.ts';
import { connectionOf } from '../connection.ts';
import { describeEnum } from '../enums.ts';
import { toGlobalId } from '../ids.ts';
import { Node } from '../node.ts';
import { DateTimeScalar } from '../scalars.ts';

describeEnum(ApiKeyPermission, 'ApiKeyPermission', 'What this server does with a key.', {
  READ_ONLY: 'Reads balances, orders and trades.',
  TRADE: 'Also places and cancels orders, for LIVE bots.',
});

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'A key of an account at an exchange. Its secrets were encrypted when they came in, and are told to nobody.',
})
export class ApiKey extends Node {
  @Field(() => Int, { description: 'Grows with every change: the higher wins, whatever order they arrive in.' })
  version!: number;

  @Field(() => DateTimeScalar, { description: 'When it was stored.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date;

  @Field(() => String, { description: 'What its owner calls it.' })
  label!: string;

  @Field(() => String, { description: 'The last four characters of the key, to tell it apart by: "…Q3x9".' })
  keyHint!: string;

  @Field(() => ApiKeyPermission, { description: 'What it is used for.' })
  permission!: ApiKeyPermission;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether it may move money between the wallets of its own account, as bots with autoTransferFunds need it; null where the exchange was last asked before this was looked at.',
  })
  canTransfer!: boolean | null;

  @Field(() => Boolean, { description: 'Whether the exchange took it the last time it was asked. LIVE bots need a valid one.' })
  isValid!: boolean;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the exchange was last asked what it may do.' })
  lastValidatedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'What was wrong with it then; null when nothing was.' })
  validationMessage!: string | null;

  /** For field resolvers; not in the schema. */
  exchangeId!: string;
}

export const ApiKeyConnection = connectionOf(ApiKey, 'ApiKey', 'keys');

export function apiKeyOf(view: ApiKeyView): ApiKey {
  return Object.assign(new ApiKey(), view, { id: toGlobalId('key', view.id), keyHint: `…${view.keyHint}` });
}
