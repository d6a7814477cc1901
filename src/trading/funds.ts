import { canonical, Decimal } from './money.ts';
import { type RiskRefusal, RiskRule } from './risk.ts';

/** An entry, and what there is to pay it with. All in the quote asset. */
export interface FundsQuestion {
  readonly botName: string;
  readonly asset: string;
  /** What the entry takes, its fee included. */
  readonly need: Decimal;
  /** Free in the wallet that the account trades from. */
  readonly free: Decimal;
  /** How much its owner wants to be brought at once; what is missing when null. */
  readonly fixed: Decimal | null;
  /** What the bot has brought since the UTC day began, or may have. */
  readonly brought: Decimal;
  /** The most that it may bring in a UTC day. */
  readonly capital: Decimal;
}

export type FundsAnswer = { readonly bring: Decimal } | { readonly refusal: RiskRefusal };

/** The price goes on while the money is on its way: a hundredth of the entry comes with it. */
const allowance = new Decimal('1.01');
/** What is missing is rounded up to so many digits, which no exchange finds too many. */
const digits = 4;

/**
 * How much to bring for an entry that costs more than is free: what the owner has said, or what is missing with one percent of the entry for the way of
 * the price. Not at all where it would not do, or where the bot would have brought more than its capital in one day: then no mistake of ours can
 * empty a wallet.
 */
export function fundsFor({ botName, asset, need, free, fixed, brought, capital }: FundsQuestion): FundsAnswer {
  const missing = need.sub(free);
  const bring = fixed ?? need.mul(allowance).sub(free).toSignificantDigits(digits, Decimal.ROUND_UP);
  if (bring.lt(missing))
    return {
      refusal: fundsRefusal(
        `its transferAmount of ${canonical(bring)} ${asset} is less than the ${canonical(missing)} that an entry of bot "${botName}" lacks`,
        bring,
        missing,
      ),
    };
  const left = capital.sub(brought);
  if (bring.lte(left)) return { bring };
  return {
    refusal: fundsRefusal(
      `bot "${botName}" lacks ${canonical(missing)} ${asset} and would bring ${canonical(bring)}, but since the UTC day began it has brought ` +
        `${canonical(brought)} of its initialCapital ${canonical(capital)}, which is the most of a day`,
      left,
      bring,
    ),
  };
}

/** Why an entry could not be paid for. @param limit what there is or may be @param value what was wanted */
export function fundsRefusal(message: string, limit: Decimal, value: Decimal): RiskRefusal {
  return { rule: RiskRule.WALLET_FUNDS, message, limit: canonical(limit), value: canonical(value) };
}
