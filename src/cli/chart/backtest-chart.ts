import { type Box, escapeXml, line, palette, Panel, triangle } from './panel.ts';
import { drawdowns, extent } from './series.ts';
import { timeTicks } from './ticks.ts';

/** Entry and exit as the chart needs them; times in ms UTC. */
export interface ChartTrade {
  readonly side: 'LONG' | 'SHORT';
  readonly entryTime: number;
  readonly entryPrice: number;
  /** Absent while the position is still open at the end. */
  readonly exitTime?: number;
  readonly exitPrice?: number;
  readonly pnl: number;
}

export interface ChartData {
  readonly title: string;
  readonly subtitle: string;
  /** Open times of the candles, ms UTC; the other columns are as long. */
  readonly times: ArrayLike<number>;
  readonly close: ArrayLike<number>;
  readonly equity: ArrayLike<number>;
  readonly initialCapital: number;
  readonly trades: readonly ChartTrade[];
}

const width = 1200;
const height = 940;
const box = (top: number, height: number): Box => ({ left: 90, top, width: width - 120, height });

/** A backtest as one picture: price with entries and exits, equity beside buy and hold, drawdown. Plain SVG, no scripts, no outside fonts. */
export function backtestChart(data: ChartData): string {
  const span: [number, number] = [data.times[0] ?? 0, data.times[data.times.length - 1] ?? 0];
  const ticks = timeTicks(span[0], span[1], 11);
  const panels = [pricePanel(data, span), equityPanel(data, span), drawdownPanel(data, span)];
  panels[0].panel.frame('Price and trades', ticks, { timeLabels: false, unit: '' });
  panels[1].panel.frame('Equity', ticks, { timeLabels: false, unit: '' });
  panels[2].panel.frame('Drawdown', ticks, { timeLabels: true, unit: ' %' });
  for (const { draw } of panels) draw();
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escapeXml(data.title)}</title>
<style>text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:${palette.text}}
.title{font-size:22px;font-weight:600}.subtitle{font-size:14px;fill:${palette.faint}}.heading{font-size:14px;font-weight:600}
.label{font-size:12px;fill:${palette.faint}}.end{text-anchor:end}.middle{text-anchor:middle}</style>
<rect width="${width}" height="${height}" fill="#ffffff"/>
<text x="90" y="38" class="title">${escapeXml(data.title)}</text>
<text x="90" y="62" class="subtitle">${escapeXml(data.subtitle)}</text>
${panels.map(({ panel }) => panel.toString()).join('\n')}
<text x="${width - 30}" y="${height - 12}" class="label end">Times are UTC</text>
</svg>
`;
}

interface Drawing {
  readonly panel: Panel;
  readonly draw: () => void;
}

const padded = ([min, max]: readonly [number, number]): [number, number] => [min - (max - min) * 0.04, max + (max - min) * 0.04];

function pricePanel(data: ChartData, span: [number, number]): Drawing {
  const fills = data.trades.flatMap((trade) => [trade.entryPrice, trade.exitPrice ?? trade.entryPrice]);
  const panel = new Panel(box(112, 340), span, padded(extent(data.close, fills)));
  // Many trades need smaller marks to stay apart.
  const size = Math.max(2.2, Math.min(5.5, 60 / Math.sqrt(data.trades.length || 1)));
  return {
    panel,
    draw: () => {
      panel.line(data.times, data.close, `stroke="${palette.price}" stroke-width="1"`);
      for (const trade of data.trades) drawTrade(panel, trade, size);
      legend(panel, [
        [swatch(palette.price), 'close'],
        [(x) => triangle(x + 9, 2, 5, true, entryStyle), 'entry'],
        [(x) => triangle(x + 9, 10, 5, false, exitStyle(true)), 'exit with profit'],
        [(x) => triangle(x + 9, 10, 5, false, exitStyle(false)), 'exit with loss'],
      ]);
    },
  };
}

const entryStyle = `fill="${palette.entry}"`;
const exitStyle = (won: boolean): string =>
  won ? `fill="${palette.win}"` : `fill="#ffffff" stroke="${palette.loss}" stroke-width="1.4"`;

function drawTrade(panel: Panel, trade: ChartTrade, size: number): void {
  const [x1, y1] = [panel.x(trade.entryTime), panel.y(trade.entryPrice)];
  const colour = trade.pnl > 0 ? palette.win : palette.loss;
  const up = trade.side === 'LONG';
  if (trade.exitTime !== undefined && trade.exitPrice !== undefined) {
    const [x2, y2] = [panel.x(trade.exitTime), panel.y(trade.exitPrice)];
    panel.add(line(x1, y1, x2, y2, colour, 'stroke-width="1.2" stroke-opacity="0.7"'));
    panel.add(triangle(x2, y2, size, !up, exitStyle(trade.pnl > 0)));
  }
  panel.add(triangle(x1, y1, size, up, entryStyle));
}

function equityPanel(data: ChartData, span: [number, number]): Drawing {
  const first = data.close[0] ?? 1;
  const hold = Float64Array.from(data.close as ArrayLike<number>, (close) => (close / first) * data.initialCapital);
  const panel = new Panel(box(510, 210), span, padded(extent(data.equity, hold, [data.initialCapital])));
  return {
    panel,
    draw: () => {
      const start = panel.y(data.initialCapital);
      panel.add(line(panel.box.left, start, panel.box.left + panel.box.width, start, palette.axis, 'stroke-dasharray="2 3"'));
      panel.line(data.times, hold, `stroke="${palette.hold}" stroke-width="1.1" stroke-dasharray="5 3"`);
      panel.line(data.times, data.equity, `stroke="${palette.equity}" stroke-width="1.8"`);
      legend(panel, [
        [swatch(palette.equity, 'stroke-width="2"'), 'strategy'],
        [swatch(palette.hold, 'stroke-dasharray="5 3"'), 'buy and hold'],
      ]);
    },
  };
}

function drawdownPanel(data: ChartData, span: [number, number]): Drawing {
  const values = drawdowns(data.equity, data.initialCapital);
  const [lowest] = extent(values);
  const panel = new Panel(box(778, 110), span, [Math.min(lowest * 1.05, -0.1), 0]);
  return {
    panel,
    draw: () => {
      panel.area(data.times, values, 0, `fill="${palette.drawdown}" fill-opacity="0.18"`);
      panel.line(data.times, values, `stroke="${palette.drawdown}" stroke-width="1.2"`);
    },
  };
}

type Mark = (x: number) => string;

const swatch =
  (colour: string, extra = ''): Mark =>
  (x) =>
    line(x, 6, x + 18, 6, colour, extra || 'stroke-width="1.5"');

/** Marks and their names in one row at the right above a panel. */
function legend(panel: Panel, entries: readonly (readonly [Mark, string])[]): void {
  const widths = entries.map(([, name]) => 24 + name.length * 6.6 + 18);
  let x = panel.box.left + panel.box.width - widths.reduce((sum, w) => sum + w, 0) + 18;
  const parts = entries.map(([mark, name], i) => {
    const part = `${mark(x)}<text x="${x + 24}" y="10" class="label">${name}</text>`;
    x += widths[i];
    return part;
  });
  panel.add(`<g transform="translate(0 ${panel.box.top - 20})">${parts.join('')}</g>`);
}
