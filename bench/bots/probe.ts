import { Order } from '../../src/entities/trading/Order.ts';
import type { App } from '../../src/app.ts';
import type { BotStateView } from '../../src/services/bots/bot-view.ts';
import { afterCommit } from '../../src/services/database/transaction-scope.ts';
import type { EventDraft } from '../../src/services/events/event.ts';
import { TradingSession } from '../../src/trading/session.ts';
import { type BenchMarket, candleMs, speed } from './market.ts';
import type { Watched } from './protocol.ts';

const minuteMs = candleMs * speed;

/** Looks on while the bots of an app trade, from where sessions are told of candles and where events are written. */
export class Probe {
  /** When the intent of an order was committed, by `performance.now()`. */
  readonly #intents = new Map<string, number>();
  /** Open time of the last live candle of each session. */
  readonly #followed = new Map<TradingSession, number>();
  readonly #running = new Set<string>();
  readonly #market: BenchMarket;
  readonly #app: App;

  constructor(app: App, market: BenchMarket) {
    this.#app = app;
    this.#market = market;
    this.#watchEvents();
    this.#watchSessions();
  }

  get running(): number {
    return this.#running.size;
  }

  get trading(): number {
    return this.#followed.size;
  }

  /** Forgets the orders that were seen so far. */
  begin(): void {
    this.#intents.clear();
  }

  async seen(): Promise<Pick<Watched, 'latencies' | 'behind'>> {
    const closed = Math.floor(this.#market.now() / minuteMs) * minuteMs - minuteMs;
    const behind = [...this.#followed.values()].map((openTime) => (closed - openTime) / minuteMs);
    const committed = new Map(this.#intents);
    const orders = await this.#app.database.system().find(Order, { id: { $in: [...committed.keys()] } });
    const latencies = orders.flatMap(({ id, symbol, signalKey }) => {
      const [candleTime, purpose] = (signalKey ?? '').split(':');
      const arrived = this.#market.arrivals.get(`${symbol} ${candleTime}`);
      // What guards a position follows from a fill, not from a candle.
      return arrived === undefined || (purpose !== 'ENTRY' && purpose !== 'EXIT') ? [] : [(committed.get(id) ?? 0) - arrived];
    });
    return { latencies, behind };
  }

  #watchEvents(): void {
    const { events } = this.#app;
    const append = events.append.bind(events);
    events.append = async (em, ...drafts) => {
      const sequence = await append(em, ...drafts);
      afterCommit(() => drafts.forEach((draft) => this.#told(draft)));
      return sequence;
    };
  }

  #told({ type, payload, subjects }: EventDraft): void {
    if (type === 'BOT_STATE_CHANGED' && subjects?.botId) {
      const { bot } = payload as { bot: { state: BotStateView } };
      if (bot.state.status === 'RUNNING') this.#running.add(subjects.botId);
      else this.#running.delete(subjects.botId);
    }
    if (type === 'ORDER_CHANGED' && subjects?.orderId && (payload as { previousStatus?: unknown }).previousStatus === null)
      this.#intents.set(subjects.orderId, performance.now());
  }

  #watchSessions(): void {
    const followed = this.#followed;
    // oxlint-disable-next-line typescript/unbound-method -- it is called on the session that it is asked of
    const handle = TradingSession.prototype.handle;
    TradingSession.prototype.handle = function (this: TradingSession, event) {
      if (event.type === 'CANDLE_CLOSED' && event.stale !== true) followed.set(this, event.candle.openTime);
      return handle.call(this, event);
    };
  }
}
