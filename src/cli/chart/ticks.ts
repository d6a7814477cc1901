const day = 86_400_000;
const hour = 3_600_000;
const minute = 60_000;

/**
 * Round numbers that cover a range: multiples of 1, 2, 2.5 or 5 times a power of ten.
 * @param count how many are wanted, about
 */
export function niceTicks(min: number, max: number, count: number): number[] {
  const rough = (max - min) / Math.max(1, count);
  // Steps that the numbers themselves cannot tell apart would never end.
  const finest = Math.max(Math.abs(min), Math.abs(max)) * 1e-12;
  if (!(rough > finest) || !Number.isFinite(rough)) return [min];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const ticks: number[] = [];
  for (let i = Math.ceil(min / step - 1e-9); i * step <= max + step * 1e-9; i++) ticks.push(i * step);
  return ticks;
}

/** A number beside an axis: thousands separated, as many decimals as the distance of the ticks needs. */
export function numberLabel(value: number, step: number): string {
  const decimals = step > 0 ? Math.min(10, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9) + (isQuarter(step) ? 1 : 0))) : 2;
  const text = new Intl.NumberFormat('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value);
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}

/** Steps of 2.5 need one decimal more than their power of ten says. */
function isQuarter(step: number): boolean {
  const mantissa = step / 10 ** Math.floor(Math.log10(step));
  return Math.abs(mantissa - 2.5) < 1e-6;
}

export interface TimeTick {
  readonly at: number;
  readonly label: string;
}

const fixedSteps = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 4, 7, 14].map((n) => n * day),
];
const monthSteps = [1, 2, 3, 6, 12, 24, 60, 120];

/** Moments that people count by (full hours, days, months, years; UTC), with labels that name the year where it changes. */
export function timeTicks(from: number, to: number, count: number): TimeTick[] {
  const rough = (to - from) / Math.max(1, count);
  const step = fixedSteps.find((candidate) => candidate >= rough);
  const times = step === undefined ? monthTimes(from, to, rough) : fixedTimes(from, to, step);
  return times.map((at, i) => ({ at, label: timeLabel(at, times[i - 1], step) }));
}

function fixedTimes(from: number, to: number, step: number): number[] {
  // Weeks begin on Mondays; 1970-01-01 was a Thursday.
  const offset = step % (7 * day) === 0 ? 4 * day : 0;
  const times: number[] = [];
  for (let at = Math.ceil((from - offset) / step) * step + offset; at <= to; at += step) times.push(at);
  return times;
}

function monthTimes(from: number, to: number, rough: number): number[] {
  const months = monthSteps.find((candidate) => candidate * 31 * day >= rough) ?? 240;
  const start = new Date(from);
  const first = Math.floor((start.getUTCFullYear() * 12 + start.getUTCMonth()) / months) * months;
  const times: number[] = [];
  for (let month = first; ; month += months) {
    const at = Date.UTC(Math.floor(month / 12), month % 12);
    if (at > to) return times;
    if (at >= from) times.push(at);
  }
}

const names = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** @param step milliseconds between ticks, undefined for months and years */
function timeLabel(at: number, previous: number | undefined, step: number | undefined): string {
  const date = new Date(at);
  const year = date.getUTCFullYear();
  const month = names[date.getUTCMonth()];
  const newYear = previous === undefined || new Date(previous).getUTCFullYear() !== year;
  if (step === undefined) return newYear ? `${month} ${year}` : `${month}`;
  const date_ = `${date.getUTCDate()} ${month}${newYear ? ` ${year}` : ''}`;
  if (step >= day) return date_;
  const time = date.toISOString().slice(11, 16);
  const newDay = previous === undefined || Math.floor(previous / day) !== Math.floor(at / day);
  return newDay ? `${date_} ${time}` : time;
}
