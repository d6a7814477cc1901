/** One measured case. `median`, `min` and `max` are in `unit`; `ratio` is the case's rate divided by the yardstick's of the same run. */
export interface BenchCase {
  readonly case: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly ratio: number;
  readonly yardstick: string;
}

export interface BenchReport {
  readonly name: string;
  readonly cases: readonly BenchCase[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const digits = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(2) : value.toFixed(4));

/** The report as a table for people. */
export function tableOf(report: BenchReport): string {
  const rows = report.cases.map((c) => [
    c.case,
    `${digits(c.median)} ${c.unit}`,
    `${digits(c.min)} – ${digits(c.max)}`,
    c.ratio.toFixed(2),
    c.yardstick,
  ]);
  const head = ['case', 'median', 'min – max', 'ratio', 'of the rate of'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd();
  return [report.name, line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
