import type { Candle } from '../../../trading/candle.ts';
import { candleAt } from '../../../trading/series.ts';
import { openTimeAt, Timeframe, timeframeMs } from '../../../trading/timeframe.ts';
import type { CandleSource, CandleUpdate } from '../../exchanges/port/market-data.ts';
import type { Unsubscribe } from '../../exchanges/port/subscription.ts';
import { alertText } from '../condition-text.ts';
import type { AlertState } from '../conditions.ts';
import { moveVerdict, pricesSince, priceVerdict } from './prices.ts';
import type { Recorder, WatchedAlert } from './recorder.ts';
import { RuleWatch } from './rule.ts';
import { measured, type Verdict } from './verdict.ts';

/** Where prices come from; its streams are shared with everybody else's. */
export type WatchMarket = Pick<CandleSource, 'now' | 'markets' | 'history' | 'subscribeCandles'>;

export interface MarketWatchParts {
  readonly alert: WatchedAlert;
  readonly market: WatchMarket;
  readonly recorder: Recorder;
  /** It cannot go on; what is stored is as of the last thing that was written. */
  readonly onFailed: (error: unknown) => void;
}

/** Candles that are looked at again after a break: a day of minutes. What happened before is not told any more. */
const mostMissed = 1_440;

/**
 * One alert on a market, looked at with each candle that closes and with the forming one as it changes. What closed while nobody looked is looked
 * at first, so a restart misses nothing; what was told is in the stored state, so nothing is told twice.
 */
export class MarketWatch {
  readonly #parts: MarketWatchParts;
  readonly #timeframe: Timeframe;
  readonly #rule: RuleWatch | null;
  /** Closed candles of the window of a move. */
  readonly #window: Candle[] = [];
  #state: AlertState;
  #stored: AlertState;
  #before: Candle | undefined;
  #waiting: CandleUpdate[] = [];
  #work: Promise<void> | undefined;
  #leave: Unsubscribe | undefined;
  #isStopped = false;

  constructor(parts: MarketWatchParts) {
    const { condition, state } = parts.alert;
    this.#parts = parts;
    this.#state = this.#stored = state;
    this.#timeframe = condition.kind === 'INDICATOR' ? condition.timeframe : Timeframe.M1;
    this.#rule = condition.kind === 'INDICATOR' ? new RuleWatch(condition.rule) : null;
  }

  start(): void {
    this.#run(() => this.#begin());
  }

  /** Writes down how far it has come, where that was left for later. */
  flush(): void {
    this.#run(async () => {
      if (this.#state !== this.#stored) await this.#store(this.#state, null);
    });
  }

  /** Ends it; resolves when what is under way is done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#leave?.();
    await this.settled();
  }

  /** Resolves when everything received so far has been looked at. */
  async settled(): Promise<void> {
    while (this.#work) await this.#work;
  }

  #run(first?: () => Promise<void>): void {
    const before = this.#work;
    const work = (async () => {
      await before;
      if (this.#isStopped) return;
      try {
        await first?.();
        for (let update = this.#waiting.shift(); update && !this.#isStopped; update = this.#waiting.shift())
          await this.#look(update.candle, update.isClosed);
      } catch (error) {
        this.#isStopped = true;
        this.#leave?.();
        this.#parts.onFailed(error);
      }
    })().finally(() => {
      if (this.#work === work) this.#work = undefined;
    });
    this.#work = work;
  }

  async #begin(): Promise<void> {
    const { alert, market } = this.#parts;
    const symbol = alert.market?.symbol ?? '';
    // A real exchange is connected to by being asked for something.
    await market.markets();
    this.#leave = market.subscribeCandles(symbol, this.#timeframe, (update) => this.#receive(update));
    const length = timeframeMs(this.#timeframe);
    const end = openTimeAt(this.#timeframe, market.now());
    const { seen } = this.#state;
    const from = Math.max(seen ?? end, end - mostMissed * length);
    const history = await market.history(symbol, this.#timeframe, from - this.#leadTime(length), end);
    for (let index = 0; index < history.openTime.length; index++) {
      const candle = candleAt(history, index);
      if (seen === null || candle.openTime < from || (this.#rule && candle.openTime <= seen)) this.#remember(candle);
      else await this.#look(candle, true);
    }
    if (this.#rule && this.#state.seen === null) await this.#store({ ...this.#state, seen: end - length }, null);
  }

  /** How much past it needs before the first candle that it looks at, in milliseconds. */
  #leadTime(length: number): number {
    const { condition } = this.#parts.alert;
    if (this.#rule) return this.#rule.warmUp * length;
    return condition.kind === 'MOVE' ? condition.windowSeconds * 1000 : 0;
  }

  #receive(update: CandleUpdate): void {
    if (this.#isStopped || (this.#rule && !update.isClosed)) return;
    const last = this.#waiting.at(-1);
    // Extremes of a forming candle only grow: its newest value says all that older ones did.
    if (last && !last.isClosed && last.candle.openTime === update.candle.openTime)
      this.#waiting[this.#waiting.length - 1] = update;
    else this.#waiting.push(update);
    if (!this.#work) this.#run();
  }

  async #look(candle: Candle, isClosed: boolean): Promise<void> {
    const { openTime } = candle;
    if (openTime < (this.#state.seen ?? openTime)) return;
    const at = isClosed ? openTime + timeframeMs(this.#timeframe) : this.#parts.market.now();
    const verdict = this.#verdict(candle, at);
    if (verdict === null) return;
    const state = verdict.state.seen === openTime ? verdict.state : { ...verdict.state, seen: openTime };
    if (isClosed) this.#remember(candle);
    this.#before = candle;
    // What a candle alone would not tell again after a restart is written down at once.
    if (verdict.finding || isStep(this.#state, state)) await this.#store(state, verdict.finding);
    else this.#state = state;
  }

  #verdict(candle: Candle, at: number): Verdict | null {
    const { alert } = this.#parts;
    const { condition, cooldownSeconds } = alert;
    const market = `${alert.market?.exchange} ${alert.market?.symbol}`;
    const terms = { hysteresis: Number(alert.hysteresis), cooldownSeconds, market };
    if (condition.kind === 'PRICE')
      return priceVerdict(condition, this.#state, pricesSince(candle, this.#before, this.#state.seen), at, terms);
    if (condition.kind === 'MOVE') {
      const prices = pricesSince(candle, this.#before, this.#state.seen);
      return moveVerdict(condition, this.#state, this.#window, prices, at, terms);
    }
    const isTrue = this.#rule?.next(candle) ?? null;
    if (isTrue === null) return null;
    const message = `${market}: ${alertText(condition)}; it closed at ${candle.close}`;
    return measured(this.#state, isTrue ? { at, value: candle.close, botId: null, message } : null, !isTrue, cooldownSeconds);
  }

  #remember(candle: Candle): void {
    const { condition } = this.#parts.alert;
    if (condition.kind === 'INDICATOR') this.#rule?.next(candle);
    if (condition.kind !== 'MOVE') return;
    this.#window.push(candle);
    const oldest = candle.openTime - condition.windowSeconds * 1000;
    while (this.#window[0] && this.#window[0].openTime < oldest) this.#window.shift();
  }

  async #store(state: AlertState, finding: Verdict['finding']): Promise<void> {
    await this.#parts.recorder.record(this.#parts.alert, state, finding);
    this.#state = this.#stored = state;
  }
}

/** Whether more has changed than how far looking has come. */
function isStep(before: AlertState, after: AlertState): boolean {
  return (
    before.seen === null || before.isArmed !== after.isArmed || before.side !== after.side || before.heldBack !== after.heldBack
  );
}
