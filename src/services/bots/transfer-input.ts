import type { Bot } from '../../entities/trading/Bot.ts';
import { TradingMode } from '../../trading/bot.ts';
import { canonical, type Decimal } from '../../trading/money.ts';
import { DomainError } from '../errors.ts';
import { fundingExchanges } from '../exchanges/live-exchanges.ts';
import { storable } from './bot-input.ts';

/** Whether and how much a bot brings from the funding wallet, as a client sends it. Absent: unchanged. Null: off, what is missing. */
export interface TransferChanges {
  readonly autoTransferFunds?: boolean | null | undefined;
  readonly transferAmount?: Decimal | null | undefined;
}

type TransferColumns = Pick<Bot, 'autoTransferFunds' | 'transferAmount'>;

/** Brings nothing. */
export const noTransfers: TransferColumns = { autoTransferFunds: false, transferAmount: null };

/** A bot's transfers with some of it changed. Switched off, their amount is gone too, unless one is given. @throws DomainError INVALID */
export function mergedTransfers(columns: TransferColumns, changes: TransferChanges, path: readonly string[]): TransferColumns {
  const { autoTransferFunds = columns.autoTransferFunds, transferAmount } = changes;
  const kept = autoTransferFunds === true ? columns.transferAmount : null;
  const amount = transferAmount === undefined ? kept : transferAmount && storable('transferAmount', transferAmount, path);
  return { autoTransferFunds: autoTransferFunds ?? false, transferAmount: amount };
}

/**
 * Checks a bot's transfers.
 * @throws DomainError INVALID, FORBIDDEN_FOR_MODE naming the value and the limit
 */
export function checkTransfers(
  bot: Pick<Bot, 'name' | 'mode' | 'initialCapital' | 'autoTransferFunds' | 'transferAmount'>,
  exchange: string,
  path: readonly string[],
): void {
  const { name, mode, initialCapital, autoTransferFunds, transferAmount } = bot;
  const refuse = (code: 'INVALID' | 'FORBIDDEN_FOR_MODE', field: string, message: string, limit?: Decimal): never => {
    throw new DomainError(code, message, { path: [...path, field], ...(limit && { details: { limit: canonical(limit) } }) });
  };
  if (transferAmount !== null) {
    const amount = `transferAmount ${canonical(transferAmount)} of bot "${name}"`;
    if (!transferAmount.gt(0)) refuse('INVALID', 'transferAmount', `${amount} must be above 0`, transferAmount.mul(0));
    if (!autoTransferFunds)
      refuse('INVALID', 'transferAmount', `${amount} says nothing without autoTransferFunds: switch that on, or leave it out`);
    if (transferAmount.gt(initialCapital))
      refuse(
        'INVALID',
        'transferAmount',
        `${amount} exceeds its initialCapital ${canonical(initialCapital)}, the most that it may bring in a day`,
        initialCapital,
      );
  }
  if (!autoTransferFunds) return;
  if (mode === TradingMode.PAPER)
    refuse(
      'FORBIDDEN_FOR_MODE',
      'autoTransferFunds',
      `a PAPER bot has all of its capital in the wallet that it trades from, so there is nothing to bring: leave autoTransferFunds out, or choose LIVE`,
    );
  if (!fundingExchanges.includes(exchange))
    refuse(
      'INVALID',
      'autoTransferFunds',
      `${exchange} keeps no funding wallet apart from the one that it trades from: autoTransferFunds works on ${fundingExchanges.join(', ')}`,
    );
}
