/** `1,234.50`; decimals fixed, so that a column of them lines up. */
export function number(value: number, decimals = 2): string {
  const text = value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}

/** The same, or a dash where there is no value. */
export function numberOrDash(value: number | null, decimals = 2): string {
  return value === null ? '–' : number(value, decimals);
}

/** `12.50 %` */
export function percent(value: number | null): string {
  return value === null ? '–' : `${number(value)} %`;
}

/** Decimals that show a price of this size to six digits, at least two. */
export function priceDecimals(price: number): number {
  return price > 0 ? Math.min(12, Math.max(2, 5 - Math.floor(Math.log10(price)))) : 2;
}

/** Decimals that a quantity needs, at most eight. */
export function decimalsOf(value: number): number {
  return (value.toLocaleString('en-US', { maximumFractionDigits: 8 }).split('.')[1] ?? '').length;
}

/** A quantity without needless zeros. */
export function quantity(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 8 });
}

/** `2024-03-22 10:00`, UTC; seconds only where there are any. */
export function moment(time: number): string {
  const text = new Date(time).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, text.slice(17, 19) === '00' ? 16 : 19)}`;
}

export function isoTime(time: number): string {
  return new Date(time).toISOString();
}

/** `1 trade`, `2 trades`, `7,090 candles`. */
export function count(value: number, word: string): string {
  return `${value.toLocaleString('en-US')} ${word}${value === 1 ? '' : 's'}`;
}

/** Rows as aligned columns, two spaces apart; a column whose header starts with `<` stands left, all others right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const titles = header.map((title) => title.replace(/^</, ''));
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (header[i].startsWith('<') ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd();
  return [titles, ...rows].map((cells) => `  ${line(cells)}`).join('\n');
}
