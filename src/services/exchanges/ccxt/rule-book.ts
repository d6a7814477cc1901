import { DomainError } from '../../errors.ts';
import type { CcxtClient } from './client.ts';
import { rulesOf, type VenueRules } from './rules.ts';

/** Exchanges change filters and halt markets without a word. */
const oldMs = 15 * 60_000;
/** A refusal makes the rules suspicious, but not again at once. */
const suspiciousMs = 2_000;
/** Many markets fall silent at once when a connection is lost: that is one question. */
const silentMs = 5_000;

/** The markets of an exchange and their rules, as it told them last. Throws what ccxt throws. */
export class RuleBook {
  private readonly client: CcxtClient;
  private readonly others: readonly CcxtClient[];
  private bySymbol: ReadonlyMap<string, VenueRules> = new Map();
  private readAt = Number.NEGATIVE_INFINITY;
  private reading: Promise<void> | undefined;

  /** @param others clients that need the markets too, without asking for them */
  constructor(client: CcxtClient, others: readonly CcxtClient[]) {
    this.client = client;
    this.others = others;
  }

  all(): readonly VenueRules[] {
    return [...this.bySymbol.values()];
  }

  find(symbol: string): VenueRules | undefined {
    return this.bySymbol.get(symbol);
  }

  /** @throws DomainError NOT_FOUND when there is no such market */
  of(symbol: string): VenueRules {
    const rules = this.bySymbol.get(symbol);
    if (rules) return rules;
    throw new DomainError('NOT_FOUND', `${this.client.id} has no market ${symbol.slice(0, 60)}`, { details: { symbol } });
  }

  /** Asks the exchange. Whoever comes meanwhile gets the same answer. */
  refresh(): Promise<void> {
    this.reading ??= this.read().finally(() => (this.reading = undefined));
    return this.reading;
  }

  async refreshIfOld(): Promise<void> {
    if (this.ageMs > oldMs) await this.refresh();
  }

  /** The exchange has refused an order that these rules allow. */
  async refreshIfSuspicious(): Promise<void> {
    if (this.ageMs > suspiciousMs) await this.refresh();
  }

  /** A market has fallen silent: it may be halted. */
  async refreshIfSilent(): Promise<void> {
    if (this.ageMs > silentMs) await this.refresh();
  }

  private get ageMs(): number {
    return performance.now() - this.readAt;
  }

  private async read(): Promise<void> {
    const markets = await this.client.loadMarkets(true);
    for (const other of this.others) other.setMarkets(markets);
    const rules = Object.values(markets).flatMap((market) => rulesOf(market, this.client.precisionMode) ?? []);
    this.bySymbol = new Map(rules.map((rule) => [rule.symbol, rule]));
    this.readAt = performance.now();
  }
}
