import { vi } from 'vitest';

/** The clocks of this process, run ahead of real time by jumps; timers stay real. */
export class ShiftedTime {
  private ahead = 0;
  private readonly spies: { mockRestore(): void }[];

  constructor() {
    const wall = Date.now.bind(Date);
    const monotonic = performance.now.bind(performance);
    this.spies = [
      vi.spyOn(Date, 'now').mockImplementation(() => wall() + this.ahead),
      vi.spyOn(performance, 'now').mockImplementation(() => monotonic() + this.ahead),
    ];
  }

  jump(ms: number): void {
    this.ahead += ms;
  }

  restore(): void {
    for (const spy of this.spies) spy.mockRestore();
  }
}
