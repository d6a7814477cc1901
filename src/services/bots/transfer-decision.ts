import { FundsTransfer, FundsTransferStatus } from '../../entities/trading/FundsTransfer.ts';
import { fundsFor, fundsRefusal } from '../../trading/funds.ts';
import { Decimal } from '../../trading/money.ts';
import type { RiskRefusal } from '../../trading/risk.ts';
import { lockPortfolio } from '../risk/lock.ts';
import { openTransfers, transferText, writeTransfer } from './funds-ledger.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';

/** What was decided: a transfer to be asked for after the commit, or why there is none. */
type DecidedTransfer = { readonly transfer: FundsTransfer } | { readonly refusal: RiskRefusal };

const zero = new Decimal(0);
const dayMs = 86_400_000;
/** The look-ups of two transfers of the same amount could not be told apart so long, ms. */
const alikeMs = 600_000;

/**
 * Decides whether a bot may bring what an entry lacks, and writes the transfer down if it may; inside a transaction, under the lock of its owner's
 * portfolio, so that two bots of an account do not ask for the same at once.
 */
export async function decideTransfer(
  tx: RunnerTransaction,
  { bot, context, database, exchange, lease }: RunnerParts,
  need: Decimal,
  free: Decimal,
): Promise<DecidedTransfer> {
  const { em } = tx;
  await lockPortfolio(em, database.dialect, context.userId);
  const now = exchange.now();
  const dayStart = new Date(Math.floor(now / dayMs) * dayMs);
  const today = await em.find(FundsTransfer, { bot: bot.id, sentAt: { $gte: dayStart } });
  const missing = need.sub(free);
  const open =
    today.find(({ status }) => status === FundsTransferStatus.UNKNOWN) ??
    (await em.findOne(FundsTransfer, openTransfers(context)));
  if (open) return { refusal: fundsRefusal(blockedText(bot.name, open), zero, missing) };
  const brought = today.reduce((sum, row) => (row.status === FundsTransferStatus.REFUSED ? sum : sum.add(row.amount)), zero);
  const answer = fundsFor({
    botName: bot.name,
    asset: context.quoteAsset,
    need,
    free,
    fixed: bot.transferAmount,
    brought,
    capital: bot.initialCapital,
  });
  if ('refusal' in answer) return answer;
  const alike = await em.findOne(FundsTransfer, {
    account: context.account,
    asset: context.quoteAsset,
    amount: answer.bring,
    status: FundsTransferStatus.SENT,
    sentAt: { $gte: new Date(now - alikeMs) },
  });
  if (alike)
    return {
      refusal: fundsRefusal(
        `another bot of the account is just bringing ${transferText(alike)}: bot "${bot.name}" would bring as much, and nobody could tell the two apart`,
        zero,
        missing,
      ),
    };
  const at = new Date(now);
  return { transfer: await writeTransfer(tx, context, { amount: answer.bring, fencingToken: lease.token, at }) };
}

/** Why a transfer that is written down keeps an entry from being paid for. */
export function blockedText(botName: string, transfer: FundsTransfer): string {
  const { status, reason } = transfer;
  const what = `bot "${botName}" lacks funds for its entry, and its transfer of ${transferText(transfer)}`;
  if (status === FundsTransferStatus.SENT)
    return `${what} is still being looked for: ${reason ?? 'it has not been answered yet'}`;
  if (status === FundsTransferStatus.UNKNOWN)
    return `${what} cannot be told apart from others, so it brings no more today: ${reason}`;
  return `${what} was not carried out: ${reason ?? status}`;
}
