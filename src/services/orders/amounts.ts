import { canonical, type Decimal } from '../../trading/money.ts';

/** Decimal places of a ledger column. */
const places = 18;

/** An amount as a ledger column holds it: products and quotients are rounded half-even to 18 places, exact ones stay as they are. */
export function ledgerAmount(value: Decimal): Decimal {
  return value.decimalPlaces() > places ? value.toDecimalPlaces(places) : value;
}

/** Canonical text for payloads and pushed objects; null stays null. */
export function amountText(value: Decimal | null | undefined): string | null {
  return value === null || value === undefined ? null : canonical(value);
}

/** RFC 3339 text in UTC with milliseconds; null stays null. */
export function timeText(value: Date | null | undefined): string | null {
  return value === null || value === undefined ? null : value.toISOString();
}
