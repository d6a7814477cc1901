import type { CcxtClient } from './client.ts';
import { closeStreams } from './sockets.ts';

/**
 * Makes the connections of a client anew when one of them has fallen mute: it may answer pings and still tell nothing. Every stream then asks
 * for its subscription again by itself.
 */
export class Redial {
  /** A connection on which nothing has come for so long is suspicious, ms. */
  readonly silenceMs: number;
  private readonly client: CcxtClient;
  private readonly onTrouble: (error: unknown) => void;
  private last = Number.NEGATIVE_INFINITY;

  constructor(client: CcxtClient, silenceMs: number, onTrouble: (error: unknown) => void) {
    this.client = client;
    this.silenceMs = silenceMs;
    this.onTrouble = onTrouble;
  }

  /** At once, but not again before the new connections have had their time. */
  now(): void {
    const now = performance.now();
    if (now - this.last < this.silenceMs) return;
    this.last = now;
    void closeStreams(this.client).catch(this.onTrouble);
  }
}
