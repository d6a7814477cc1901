import { canonical, type Decimal } from '../../trading/money.ts';
import type { MarketRules } from '../exchanges/port/market-rules.ts';
import { standardDeadlineMs, withDeadline } from '../orders/outcome.ts';
import type { RunnerParts } from './runner-parts.ts';

/** How often the rules of a market are looked at, in milliseconds. */
const everyMs = 60_000;
/** The same while an order was refused that they allow. */
const doubtedEveryMs = 10_000;

/** The rules of a bot's market have changed. Nothing is wrong with the bot: it begins anew, and goes by the new ones. */
export class RulesChangedError extends Error {
  override readonly name = 'RulesChangedError';
}

type WatchParts = Pick<RunnerParts, 'bot' | 'market' | 'rules' | 'timers' | 'logger'>;

/** Looks whether the market still has the rules that a bot has begun with. Exchanges change filters and fees, and halt markets, without a word. */
export class RulesWatch {
  readonly #parts: WatchParts;
  #lookedAt: number;
  #isLooking = false;
  #isDoubted = false;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#lookedAt = parts.timers.elapsed();
  }

  /** The exchange has refused an order that these rules allow. */
  doubt(): void {
    this.#isDoubted = true;
  }

  /**
   * Looks when it is time; a failure is no matter, the next look comes. Nothing else may wait for it: the exchange may be asked.
   * @returns what is not as it was, in words for the bot's owner; undefined while everything is, or nobody knows
   */
  async look(): Promise<string | undefined> {
    const { bot, market, timers, logger } = this.#parts;
    const isDoubted = this.#isDoubted;
    if (this.#isLooking || timers.elapsed() - this.#lookedAt < (isDoubted ? doubtedEveryMs : everyMs)) return undefined;
    this.#isLooking = true;
    this.#lookedAt = timers.elapsed();
    this.#isDoubted = false;
    try {
      const markets = await withDeadline(market.markets(isDoubted), standardDeadlineMs, `the markets of ${market.name}`, timers);
      const now = markets.find(({ symbol }) => symbol === bot.symbol);
      return now && this.#change(now);
    } catch (error) {
      this.#isDoubted ||= isDoubted;
      logger.warn({ bot: bot.id, err: error }, 'looking at the rules of the market failed; it is tried again');
      return undefined;
    } finally {
      this.#isLooking = false;
    }
  }

  #change(now: MarketRules): string | undefined {
    const { rules: before, market } = this.#parts;
    const numbers: readonly (readonly [name: string, before: Decimal, now: Decimal])[] = [
      ['the step of amounts', before.stepSize, now.stepSize],
      ['the tick of prices', before.tickSize, now.tickSize],
      ['the least value of an order', before.minNotional, now.minNotional],
      ['the fee of makers', before.makerFeeRate, now.makerFeeRate],
      ['the fee of takers', before.takerFeeRate, now.takerFeeRate],
    ];
    const changes = numbers.flatMap(([name, was, is]) =>
      was.eq(is) ? [] : [`${name} was ${canonical(was)} and is ${canonical(is)}`],
    );
    if ((before.takesPairs ?? true) !== (now.takesPairs ?? true))
      changes.push(`a stop and a target ${now.takesPairs === false ? 'cannot' : 'can'} be placed as one`);
    if ((before.isActive ?? true) !== (now.isActive ?? true))
      changes.push(now.isActive === false ? 'it is halted, and takes no orders' : 'it takes orders again');
    return changes.length === 0 ? undefined : `${market.name} has changed its market ${now.symbol}: ${changes.join('; ')}`;
  }
}
