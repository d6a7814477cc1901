import type { Response } from 'express';
import type { FormattedExecutionResult } from 'graphql';
import type { Socket } from 'node:net';
import type { ErrorCode } from '../../services/errors.ts';
import type { Viewer } from '../../services/viewer.ts';
import { closeCodes } from '../close-codes.ts';
import type { Connection } from '../connections.ts';
import type { ServerCounters } from '../counters.ts';
import type { Caller } from '../pipeline/pipeline.ts';
import { completeMessage, keepAliveMessage, nextMessage } from './messages.ts';
import { ResponseOutgoing } from './response-outgoing.ts';

/** How long a client may take to read what it is told at the end. */
const closeMs = 1000;

/** What a close code of sockets is called where there are none. */
const endings: Readonly<Record<number, { readonly status: number; readonly code: ErrorCode }>> = {
  [closeCodes.restart]: { status: 503, code: 'SHUTTING_DOWN' },
  [closeCodes.forbidden]: { status: 401, code: 'UNAUTHENTICATED' },
  [closeCodes.tooMany]: { status: 429, code: 'LIMIT_EXCEEDED' },
};
const broken = { status: 500, code: 'INTERNAL' } as const;

/** One client's stream of Server-Sent Events, which carries one operation. */
export class EventStream implements Connection {
  readonly address: string;
  readonly counters: ServerCounters;
  readonly outgoing: ResponseOutgoing;
  /** Aborted when the client has gone, or has been told to go. */
  readonly gone = new AbortController();
  caller: Caller | undefined;
  readonly #response: Response;
  #isOver = false;
  #keepAliveAt: number;
  #keepAliveWaits = false;

  constructor(response: Response, socket: Socket, address: string, counters: ServerCounters, keepAliveMs: number) {
    this.#response = response;
    this.address = address;
    this.counters = counters;
    this.outgoing = new ResponseOutgoing(response, socket);
    this.#keepAliveAt = performance.now() + keepAliveMs;
  }

  get viewer(): Viewer | null {
    return this.caller?.viewer ?? null;
  }

  /** It has said its last; nothing is to be begun for it. */
  get isOver(): boolean {
    return this.#isOver || this.gone.signal.aborted;
  }

  /** From now on there are events, and refusals are one of them. */
  open(): void {
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      // Proxies of the nginx family would wait for more before they pass anything on.
      'x-accel-buffering': 'no',
    });
    this.#response.flushHeaders();
  }

  /** Resolves when the answer is out of this process, or the client has gone. */
  next(result: FormattedExecutionResult): Promise<void> {
    return this.outgoing.sent(nextMessage(JSON.stringify(result)));
  }

  /** Sends what an operation yields, one at a time as the client reads it, and then that it is complete. */
  async follow(answers: AsyncIterableIterator<FormattedExecutionResult>): Promise<void> {
    const leave = (): void => void answers.return?.();
    this.gone.signal.addEventListener('abort', leave, { once: true });
    if (this.gone.signal.aborted) leave();
    for await (const answer of answers) await this.next(answer);
    this.complete();
  }

  complete(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#response.end(completeMessage);
  }

  /** Answers with an error instead of a stream. Only before it is open. */
  refuse(status: number, code: string, message: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#response.status(status).json({ errors: [{ message, extensions: { code } }] });
  }

  /** Says something now and then, and cuts the stream off when what it said the last time has not even left this process. */
  keepAlive(now: number, everyMs: number): void {
    if (now < this.#keepAliveAt || this.#isOver || !this.#response.headersSent) return;
    this.#keepAliveAt = now + everyMs;
    if (this.#keepAliveWaits) return this.terminate();
    this.#keepAliveWaits = true;
    void this.outgoing.sent(keepAliveMessage).then(() => {
      this.#keepAliveWaits = false;
    });
  }

  end(closeCode: number, reason: string): void {
    if (this.#isOver) return;
    this.counters.close(closeCode);
    const { status, code } = endings[closeCode] ?? broken;
    if (this.#response.headersSent) {
      this.outgoing.send(nextMessage(JSON.stringify({ errors: [{ message: reason, extensions: { code } }] })));
      this.complete();
    } else this.refuse(status, code, reason);
    this.gone.abort();
    const timer = setTimeout(() => this.terminate(), closeMs);
    this.#response.once('close', () => clearTimeout(timer));
  }

  terminate(): void {
    this.#response.destroy();
  }
}
