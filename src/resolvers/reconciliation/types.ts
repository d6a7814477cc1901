import { Field, ID, Int, ObjectType } from 'type-graphql';
import {
  DifferenceAction,
  DifferenceKind,
  ReconciliationOutcome,
  ReconciliationTrigger,
} from '../../entities/operations/ReconciliationRun.ts';
import type { ReconciliationRunView } from '../../services/reconciliation/run-list.ts';
import { connectionOf } from '../connection.ts';
import { describeEnum } from '../enums.ts';
import { toGlobalId } from '../ids.ts';
import { Node } from '../node.ts';
import { DateTimeScalar, DecimalScalar } from '../scalars.ts';

describeEnum(ReconciliationTrigger, 'ReconciliationTrigger', 'Why a bot compared its books, and who wanted it.', {
  START: 'A person started it.',
  RESUME: 'The program found it at work after a restart, a failure or a take-over.',
  PERIODIC: 'The program looks every few minutes while it runs. Of those that found nothing to do only the last is kept.',
});
describeEnum(ReconciliationOutcome, 'ReconciliationOutcome', 'How a comparison ended.', {
  MATCHED: 'Nothing had to be done.',
  REPAIRED: 'What the ledger did not know yet was taken over from the exchange.',
  FAILED: 'They do not agree, and nothing was made up: the bot is in ERROR, `message` says what to do.',
  INCOMPLETE: 'The exchange or something else did not answer: nothing is known.',
});
describeEnum(DifferenceKind, 'DifferenceKind', 'What differed.', {
  ORDER: 'The state of an order.',
  FILL: 'An execution that was not booked yet.',
  FOREIGN_ORDER: 'An open order that is not of this program.',
  POSITION: 'What the bot holds.',
  BALANCE: 'What the account holds.',
  ACCOUNTING: 'A sum within the ledger.',
});
describeEnum(DifferenceAction, 'DifferenceAction', 'What was done about a difference.', {
  ADOPTED: 'The state at the exchange was taken over.',
  BOOKED: 'It was booked.',
  ABANDONED: 'It had never reached the exchange and was given up.',
  LEFT_ALONE: 'Nothing: it is not ours.',
  HALTED: 'The bot was halted.',
});

@ObjectType({ simpleResolvers: true, description: "A bot's affairs at one moment, in short." })
export class ReconciliationPicture {
  @Field(() => Int, { description: 'How many of its orders are open.' })
  openOrders!: number;

  @Field(() => DecimalScalar, { description: 'What it holds, in the base currency.' })
  position!: string;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'What the account has of the base currency; null where it was not asked for.',
  })
  balance!: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'One thing that was not as the ledger had it.' })
export class ReconciliationDifference {
  @Field(() => DifferenceKind, { description: 'What kind of thing.' })
  kind!: DifferenceKind;

  @Field(() => String, {
    description: "Which one: a client order id, an exchange's number of an execution, a row of the ledger.",
  })
  subject!: string;

  @Field(() => String, { description: 'As the ledger had it.' })
  expected!: string;

  @Field(() => String, { description: 'As it was found.' })
  found!: string;

  @Field(() => DifferenceAction, { description: 'What was done about it.' })
  action!: DifferenceAction;
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "A comparison of a bot's ledger with the exchange and with itself. A bot trades only after one that did not fail.",
})
export class ReconciliationRun extends Node {
  @Field(() => ReconciliationTrigger, { description: 'Why it was made, and who wanted it.' })
  trigger!: ReconciliationTrigger;

  @Field(() => ReconciliationOutcome, { description: 'How it ended.' })
  outcome!: ReconciliationOutcome;

  @Field(() => DateTimeScalar, { description: 'When it began.' })
  startedAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it ended.' })
  finishedAt!: Date;

  @Field(() => Int, {
    description: 'Number of the turn in which the bot was run: it grows whenever a process takes the bot over.',
  })
  fencingToken!: number;

  @Field(() => ReconciliationPicture, { description: 'What the ledger said before.' })
  expected!: ReconciliationPicture;

  @Field(() => ReconciliationPicture, {
    nullable: true,
    description: 'What turned out to be; null when that did not become known.',
  })
  found!: ReconciliationPicture | null;

  @Field(() => [ReconciliationDifference], { description: 'What differed, and what was done; at most 100.' })
  differences!: ReconciliationDifference[];

  @Field(() => String, { nullable: true, description: 'Why it failed and what a person can do; null when it did not.' })
  message!: string | null;

  @Field(() => ID, { description: 'The bot_ id of whose books they are.' })
  botId!: string;
}

export const ReconciliationRunConnection = connectionOf(ReconciliationRun, 'ReconciliationRun', 'reconciliations');
export type ReconciliationRunConnection = InstanceType<typeof ReconciliationRunConnection>;

export function reconciliationRunOf(view: ReconciliationRunView): ReconciliationRun {
  const { id, botId, ...rest } = view;
  const ids = { id: toGlobalId('rec', id), ...(botId !== undefined && { botId: toGlobalId('bot', botId) }) };
  return Object.assign(new ReconciliationRun(), rest, ids);
}
