/** What the transports count, for the metrics. */
export class ServerCounters {
  /** Subscriptions that are open now. */
  subscriptions = 0;
  /** Values of market data that a newer one replaced because a reader was behind. */
  conflated = 0;
  /** Subscriptions that were ended because nobody read them. */
  slowConsumers = 0;
  /** Sockets that the server has closed, by close code. */
  readonly closed = new Map<number, number>();

  close(code: number): void {
    this.closed.set(code, (this.closed.get(code) ?? 0) + 1);
  }
}
