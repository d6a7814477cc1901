import type { Terminal } from './terminal.ts';

/** How often the bar is drawn again, and how often a plain line is written where nobody watches, in ms. */
const redrawEvery = 80;
const lineEvery = 2_000;
const width = 28;

/** How far a command is, on standard error: a bar on a terminal, now and then a plain line elsewhere, nothing for what is quick. */
export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  #last: number;
  #drawn = false;

  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
    this.#last = now();
  }

  /** @param fraction 0 to 1 */
  show(label: string, fraction: number): void {
    const now = this.#now();
    if (now - this.#last < (this.#terminal.isInteractive ? redrawEvery : lineEvery)) return;
    this.#last = now;
    const share = `${String(Math.floor(fraction * 100)).padStart(3)} %`;
    if (!this.#terminal.isInteractive) return this.#terminal.err(`${label} ${share}\n`);
    const full = Math.round(fraction * width);
    this.#drawn = true;
    this.#terminal.err(`\r${label.padEnd(16)} ${'█'.repeat(full)}${'░'.repeat(width - full)} ${share}`);
  }

  /** Takes the bar away. */
  clear(): void {
    if (this.#drawn) this.#terminal.err('\r\x1b[2K');
    this.#drawn = false;
  }
}
