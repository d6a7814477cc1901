import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Viewer } from '../../services/viewer.ts';
import { closeCodes } from '../close-codes.ts';
import type { Connection } from '../connections.ts';
import type { ServerCounters } from '../counters.ts';
import type { Caller } from '../pipeline/pipeline.ts';
import { SocketOutgoing } from './socket-outgoing.ts';
import { Turns } from './turns.ts';

/** A page may open all its subscriptions at once, so a burst of so many seconds is fine; what goes on longer is a flood. */
const burstSeconds = 5;
/** How long a client may take to answer a close frame. */
const closeMs = 1000;

interface Parts {
  readonly socket: WebSocket;
  readonly stream: Duplex;
  readonly address: string;
  readonly userAgent: string | null;
  readonly counters: ServerCounters;
  readonly messagesPerSecond: number;
}

/** One client's socket: who it is, how much it says, whether it still lives. */
export class SocketConnection implements Connection {
  readonly socket: WebSocket;
  readonly address: string;
  readonly userAgent: string | null;
  readonly counters: ServerCounters;
  readonly outgoing: SocketOutgoing;
  readonly turns: Turns;
  /** Aborted when the client has gone. */
  readonly gone = new AbortController();
  caller: Caller | undefined;
  /** When the next ping is due, on the process's monotonic clock. */
  pingAt: number;
  #isClosing = false;
  #isPaused = false;
  #isWatching = false;
  #pongAwaited = false;
  readonly #perSecond: number;
  #messagesLeft: number;
  #lastMessage = performance.now();

  constructor({ socket, stream, address, userAgent, counters, messagesPerSecond }: Parts, pingMs: number) {
    this.socket = socket;
    this.address = address;
    this.userAgent = userAgent;
    this.counters = counters;
    this.outgoing = new SocketOutgoing(socket, stream);
    this.turns = new Turns(this.outgoing, () => this.#resumeIfReady());
    this.pingAt = performance.now() + pingMs;
    this.#perSecond = messagesPerSecond;
    this.#messagesLeft = messagesPerSecond * burstSeconds;
    socket.on('pong', () => {
      this.#pongAwaited = false;
    });
  }

  get viewer(): Viewer | null {
    return this.caller?.viewer ?? null;
  }

  /** The close frame is out; whatever still comes in is not heard. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Counts a message that came in. @returns whether it is to be heard */
  hears(): boolean {
    if (this.#isClosing) return false;
    const now = performance.now();
    const flowedBack = ((now - this.#lastMessage) / 1000) * this.#perSecond;
    this.#messagesLeft = Math.min(this.#perSecond * burstSeconds, this.#messagesLeft + flowedBack) - 1;
    this.#lastMessage = now;
    if (this.#messagesLeft >= 0) return true;
    this.end(closeCodes.tooMany, `at most ${this.#perSecond} messages a second`);
    return false;
  }

  /** Listens no more as long as the client does not read, or has asked for so much that it has to wait. */
  pauseIfBehind(): void {
    if (this.#isPaused || this.#isClosing || (this.outgoing.hasRoom && !this.turns.isCrowded)) return;
    this.#isPaused = true;
    this.socket.pause();
    this.#resumeIfReady();
  }

  #resumeIfReady(): void {
    if (!this.#isPaused || this.#isWatching || this.turns.isCrowded) return;
    if (!this.outgoing.hasRoom) {
      this.#isWatching = true;
      this.outgoing.whenDrained(() => {
        this.#isWatching = false;
        this.#resumeIfReady();
      });
      return;
    }
    this.#isPaused = false;
    if (this.socket.readyState !== this.socket.CLOSED) this.socket.resume();
  }

  /** Asks whether somebody is still there; cuts the socket off when the last question was not answered. */
  ping(now: number, pingMs: number): void {
    if (now < this.pingAt) return;
    this.pingAt = now + pingMs;
    // A paused socket cannot be heard. One that does not read is cut off all the same; one whose questions wait is alive.
    if (this.#isPaused && this.outgoing.hasRoom) return;
    if (this.#pongAwaited) return this.terminate();
    this.#pongAwaited = true;
    this.socket.ping();
  }

  end(code: number, reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.counters.close(code);
    this.socket.close(code, reason);
    const timer = setTimeout(() => this.socket.terminate(), closeMs);
    this.socket.once('close', () => clearTimeout(timer));
    if (this.#isPaused) this.socket.resume();
  }

  terminate(): void {
    this.socket.terminate();
  }
}
