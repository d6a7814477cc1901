import type { FundingPayment } from '../exchanges/port/exchange.ts';
import type { Execution } from '../exchanges/port/orders.ts';
import { bookFunding, fundedEvent } from '../orders/funding-ledger.ts';
import type { BotMemory } from './bot-memory.ts';
import type { BotTrading } from './bot-trading.ts';
import type { RunnerParts } from './runner-parts.ts';

export interface ExchangeNewsParts {
  readonly parts: RunnerParts;
  readonly memory: BotMemory;
  readonly trading: BotTrading;
}

/** What the exchange tells of a bot's account, kept until its turn and taken in the order in which it was told: fills and ends of orders, and funding. */
export class ExchangeNews {
  readonly #parts: ExchangeNewsParts;
  readonly #inbox: (Execution | FundingPayment)[] = [];

  constructor(parts: ExchangeNewsParts) {
    this.#parts = parts;
  }

  /** The exchange has told something. */
  push(news: Execution | FundingPayment): void {
    this.#inbox.push(news);
  }

  /** Begins to take what was told next; undefined when there is nothing. */
  takeNext(): Promise<void> | undefined {
    const news = this.#inbox.shift();
    if (!news) return undefined;
    return 'paid' in news ? this.fund(news) : this.#parts.trading.desk.take(news);
  }

  /** Takes what the exchange has told, and nothing else. @returns whether it had told anything */
  async takeAll(): Promise<boolean> {
    const { parts, trading } = this.#parts;
    await parts.exchange.settled();
    const isAny = this.#inbox.length > 0;
    for (let taken = this.takeNext(); taken; taken = this.takeNext()) {
      await taken;
      if (trading.trouble) throw trading.trouble;
    }
    return isAny;
  }

  /** Hands out the execution that was told next, unless recovery has its own order for it or it is funding. */
  nextExecution(): Execution | undefined {
    const [next] = this.#inbox;
    if (this.#parts.memory.isRecovering || !next || 'paid' in next) return undefined;
    this.#inbox.shift();
    return next;
  }

  /** Funding of the position was paid: ledger and session have it in one transaction, once. */
  fund(payment: FundingPayment): Promise<void> {
    const { parts, memory } = this.#parts;
    return memory.transact(async (tx) => {
      const position = await bookFunding(tx.em, parts.context, payment);
      if (position === null) return;
      tx.events.push(fundedEvent(position));
      memory.session.handle({ type: 'FUNDED', paid: payment.paid.toNumber() });
    });
  }
}
