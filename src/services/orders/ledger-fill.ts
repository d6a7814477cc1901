import { Decimal } from '../../trading/money.ts';
import { OrderSide } from '../../trading/order.ts';
import type { LedgerFill } from '../../trading/position.ts';
import type { Fill } from '../exchanges/port/orders.ts';
import { ledgerAmount } from './amounts.ts';
import type { OrderContext } from './order-context.ts';

/** Value of a fee in quote currency; null when it was paid in a third currency, whose price nobody knows here. */
export function feeInQuote(
  context: OrderContext,
  { fee, feeCurrency, price }: { fee: Decimal; feeCurrency: string; price: Decimal },
): Decimal | null {
  if (feeCurrency === context.quoteAsset) return fee;
  return feeCurrency === context.baseAsset ? ledgerAmount(fee.mul(price)) : null;
}

/** An execution as a position follows it: its fee in quote currency, and what of the asset the exchange kept for it. */
export function ledgerFill(
  context: OrderContext,
  fill: Pick<Fill, 'side' | 'price' | 'amount' | 'fee' | 'feeCurrency'>,
): LedgerFill {
  const { side, price, amount, fee, feeCurrency } = fill;
  const paidInBase = feeCurrency === context.baseAsset && side === OrderSide.BUY;
  return { side, price, quantity: amount, fee: feeInQuote(context, fill) ?? new Decimal(0), ...(paidInBase && { baseFee: fee }) };
}
