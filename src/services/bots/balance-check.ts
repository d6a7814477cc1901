import { DifferenceAction, DifferenceKind } from '../../entities/operations/ReconciliationRun.ts';
import { Bot } from '../../entities/trading/Bot.ts';
import { Position } from '../../entities/trading/Position.ts';
import { TradingMode } from '../../trading/bot.ts';
import { canonical, Decimal } from '../../trading/money.ts';
import { MarketType } from '../../trading/position.ts';
import type { OrderContext } from '../orders/order-context.ts';
import { standardDeadlineMs, withDeadline } from '../orders/outcome.ts';
import { ReconciliationError } from '../reconciliation/reconciliation-error.ts';
import type { Books } from './books.ts';
import type { RunnerParts } from './runner-parts.ts';

const zero = new Decimal(0);

/**
 * Compares the base asset in a spot bot's account with the ledger. A paper account is the bot's alone and holds exactly what its ledger says, with the
 * dust that was written off, within one step. A real one holds at least what all bots say that trade with the same key; the rest is its owner's own.
 * @returns what the account holds; null where there is nothing to compare
 * @throws ReconciliationError when it holds something else, DeadlineError or DomainError when the exchange does not answer
 */
export async function checkBalance(parts: RunnerParts, books: Books): Promise<Decimal | null> {
  const { bot, context, exchange, rules, timers } = parts;
  if (context.marketType !== MarketType.SPOT) return null;
  const answer = withDeadline(exchange.balances(), standardDeadlineMs, `the balances at ${exchange.name}`, timers);
  const total = (await answer).find(({ asset }) => asset === context.baseAsset)?.total ?? zero;
  const held = context.isPaper ? heldIn(parts, await books.positions()) : await heldWithKey(parts);
  const missing = held.sub(total);
  if (context.isPaper ? missing.abs().lte(rules.stepSize) : missing.lte(rules.stepSize)) return total;
  const [expected, found] = [canonical(held), canonical(total)];
  const asset = context.baseAsset;
  throw new ReconciliationError(
    context.isPaper
      ? `bot "${bot.name}" holds ${expected} ${asset} by its ledger, but its account at ${exchange.name} has ${found}: ` +
          'restore a backup in which both agree, or delete the bot and make a new one'
      : `the bots that trade with the key of bot "${bot.name}" hold ${expected} ${asset} by their ledgers, but the account at ` +
          `${exchange.name} has ${found}: ${asset} was sold or withdrawn by somebody else. Bring back what is missing, or delete the bots ` +
          'that hold it and make new ones',
    [
      {
        kind: DifferenceKind.BALANCE,
        subject: `${asset} in the account at ${exchange.name}`,
        expected,
        found,
        action: DifferenceAction.HALTED,
      },
    ],
  );
}

/** What a bot holds by its positions, with what those left in the account that were written off. */
function heldIn({ context }: RunnerParts, positions: readonly Position[]): Decimal {
  const dust = sum(positions.flatMap((position) => position.dust ?? []));
  return dust.add(
    sum(positions.filter((position) => position.isOpen && isOf(context, position)).map(({ quantity }) => quantity)),
  );
}

async function heldBy({ database, context }: RunnerParts, botIds: readonly string[]): Promise<Decimal> {
  const open = await database.forUser(context.userId).find(Position, {
    bot: { $in: [...botIds] },
    exchange: context.exchangeId,
    marketType: MarketType.SPOT,
    isOpen: true,
  });
  return sum(open.filter((position) => isOf(context, position)).map(({ quantity }) => quantity));
}

function isOf({ exchangeId, baseAsset }: OrderContext, { exchange, marketType, symbol }: Position): boolean {
  return exchange.id === exchangeId && marketType === MarketType.SPOT && symbol.split('/')[0] === baseAsset;
}

function sum(amounts: readonly Decimal[]): Decimal {
  return amounts.reduce<Decimal>((total, amount) => total.add(amount), zero);
}

async function heldWithKey(parts: RunnerParts): Promise<Decimal> {
  const { bot, context, database } = parts;
  const sharing = await database.forUser(context.userId).find(Bot, {
    apiKey: bot.apiKey?.id ?? null,
    exchange: context.exchangeId,
    mode: TradingMode.LIVE,
  });
  return heldBy(parts, [...new Set([bot.id, ...sharing.map(({ id }) => id)])]);
}
