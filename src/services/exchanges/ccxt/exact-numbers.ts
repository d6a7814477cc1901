import { canonical, Decimal, decimal } from '../../../trading/money.ts';
import type { CcxtClient, NumberText } from './client.ts';

const plain = /^-?\d+(\.\d+)?$/;

/**
 * Makes a client whose numbers are texts read every number as the exchange wrote it. ccxt takes those with an exponent, and numbers of JSON that are
 * not quoted, through doubles; and what is no number at all ("+50%", where an order trails the market) it can tell apart only when numbers are
 * doubles.
 */
export function readNumbersExactly(client: CcxtClient): void {
  client.parseNumber = (value, otherwise) => exactText(value) ?? otherwise;
  client.parseJson = (text) => {
    if (!client.isJsonEncodedObject(text)) return undefined;
    // Quoting spoils an answer that has JSON within a text.
    return parsed(client.onJsonResponse(text)) ?? parsed(text);
  };
}

/** Undefined when it is cut or something else: whoever reads the answer says so. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function exactText(value: NumberText | null | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = String(value).trim();
  if (plain.test(text)) return text;
  if (text === '') return undefined;
  try {
    const number = new Decimal(text);
    return number.isFinite() ? canonical(decimal(number)) : undefined;
  } catch {
    return undefined;
  }
}
