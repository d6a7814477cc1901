import { visibleIndices } from './series.ts';
import { niceTicks, numberLabel, type TimeTick } from './ticks.ts';

/** The part of the picture that one series has, in SVG user units. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export const palette = {
  text: '#1f2937',
  faint: '#6b7280',
  grid: '#e5e7eb',
  axis: '#9ca3af',
  price: '#64748b',
  equity: '#1d4ed8',
  hold: '#a16207',
  win: '#15803d',
  loss: '#c2410c',
  entry: '#1d4ed8',
  drawdown: '#b91c1c',
} as const;

export const escapeXml = (text: string): string =>
  text.replace(/[<>&"']/g, (char) => `&#${char.codePointAt(0)};`).replace(/[^\t\n\r\u0020-\uFFFD]/g, '');

const short = (value: number): string => String(Math.round(value * 100) / 100);

/** One stacked part of the chart: a title, its own vertical axis, the common time axis. */
export class Panel {
  readonly box: Box;
  private readonly range: readonly [number, number];
  private readonly span: readonly [number, number];
  private readonly parts: string[] = [];

  /** @param span first and last moment, ms UTC  @param range lowest and highest value to show */
  constructor(box: Box, span: readonly [number, number], range: readonly [number, number]) {
    this.box = box;
    this.span = span[1] > span[0] ? span : [span[0] - 1, span[0] + 1];
    const [min, max] = range;
    const margin = max > min ? 0 : Math.abs(max) * 0.01 || 1;
    this.range = [min - margin, max + margin];
  }

  x(at: number): number {
    return this.box.left + ((at - this.span[0]) / (this.span[1] - this.span[0])) * this.box.width;
  }

  y(value: number): number {
    return this.box.top + this.box.height - ((value - this.range[0]) / (this.range[1] - this.range[0])) * this.box.height;
  }

  add(svg: string): this {
    this.parts.push(svg);
    return this;
  }

  /** Title on the left above the box, grid lines and labels of both axes. */
  frame(title: string, times: readonly TimeTick[], options: { timeLabels: boolean; unit: string }): this {
    const { left, top, width, height } = this.box;
    const ticks = niceTicks(this.range[0], this.range[1], Math.max(2, Math.floor(height / 40)));
    const step = ticks.length > 1 ? ticks[1] - ticks[0] : 0;
    this.add(`<text x="${left}" y="${top - 10}" class="heading">${escapeXml(title)}</text>`);
    for (const { at } of times) this.add(line(this.x(at), top, this.x(at), top + height, palette.grid));
    for (const tick of ticks) {
      this.add(line(left, this.y(tick), left + width, this.y(tick), palette.grid));
      this.add(
        `<text x="${left - 8}" y="${short(this.y(tick) + 4)}" class="label end">${numberLabel(tick, step)}${options.unit}</text>`,
      );
    }
    this.add(line(left, top + height, left + width, top + height, palette.axis));
    if (options.timeLabels) {
      for (const { at, label } of times)
        this.add(`<text x="${short(this.x(at))}" y="${top + height + 20}" class="label middle">${label}</text>`);
    }
    return this;
  }

  /** A line through a series, thinned to what the width can show. */
  line(times: ArrayLike<number>, values: ArrayLike<number>, style: string): this {
    return this.add(`<path d="${this.points(times, values)}" fill="none" ${style}/>`);
  }

  /** The area between a series and a level. */
  area(times: ArrayLike<number>, values: ArrayLike<number>, level: number, style: string): this {
    if (values.length === 0) return this;
    const base = short(this.y(level));
    const [from, to] = [short(this.x(times[0])), short(this.x(times[times.length - 1]))];
    return this.add(`<path d="${this.points(times, values)}L${to},${base}L${from},${base}Z" ${style}/>`);
  }

  toString(): string {
    return `<g>${this.parts.join('\n')}</g>`;
  }

  private points(times: ArrayLike<number>, values: ArrayLike<number>): string {
    return visibleIndices(values, Math.ceil(this.box.width))
      .map((index, i) => `${i === 0 ? 'M' : 'L'}${short(this.x(times[index]))},${short(this.y(values[index]))}`)
      .join('');
  }
}

export function line(x1: number, y1: number, x2: number, y2: number, stroke: string, extra = ''): string {
  return `<line x1="${short(x1)}" y1="${short(y1)}" x2="${short(x2)}" y2="${short(y2)}" stroke="${stroke}" ${extra}/>`;
}

/** A triangle that points up (entries) or down (exits), its tip at the price. */
export function triangle(x: number, y: number, size: number, up: boolean, style: string): string {
  const base = up ? y + size * 1.6 : y - size * 1.6;
  return `<path d="M${short(x)},${short(y)}L${short(x - size)},${short(base)}L${short(x + size)},${short(base)}Z" ${style}/>`;
}
