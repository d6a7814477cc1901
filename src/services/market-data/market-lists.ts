import type { Market } from '../../entities/market/Market.ts';
import type { RowFilter } from '../database/index.ts';
import type { MarketDataSource } from '../exchanges/port/market-data.ts';
import type { MarketCatalogue } from './catalogue.ts';

/** Markets are listed, and their rules change, not more often. */
const oldMs = 15 * 60_000;

/** Brings the markets of real exchanges into the catalogue when somebody asks for them, and again when the list has grown old. */
export class MarketLists {
  private readonly catalogue: MarketCatalogue;
  private readonly findSource: (exchange: string) => MarketDataSource | undefined;
  private readonly listedAt = new Map<string, number>();
  private readonly listing = new Map<string, Promise<void>>();

  constructor(catalogue: MarketCatalogue, findSource: (exchange: string) => MarketDataSource | undefined) {
    this.catalogue = catalogue;
    this.findSource = findSource;
  }

  /** Somebody asks for a market that is not in the catalogue. @throws DomainError EXCHANGE_UNAVAILABLE */
  async missing(exchange: string): Promise<void> {
    if (this.isOld(exchange)) await this.list(exchange);
  }

  /**
   * Somebody asks for markets of these exchanges. What the catalogue has of one is good enough for now, and is brought up to date meanwhile.
   * @throws DomainError EXCHANGE_UNAVAILABLE for one that the catalogue has nothing of
   */
  async wanted(exchanges: readonly string[]): Promise<void> {
    for (const exchange of exchanges.filter((name) => this.isOld(name))) {
      const listing = this.list(exchange);
      if (await this.catalogue.hasMarkets(exchange)) listing.catch(() => undefined);
      else await listing;
    }
  }

  private isOld(exchange: string): boolean {
    const source = this.findSource(exchange);
    if (!source || source.isGenerated) return false;
    return performance.now() - (this.listedAt.get(exchange) ?? Number.NEGATIVE_INFINITY) > oldMs;
  }

  /** Whoever comes meanwhile waits for the same list. */
  private list(exchange: string): Promise<void> {
    let listing = this.listing.get(exchange);
    if (!listing) {
      listing = this.read(exchange).finally(() => this.listing.delete(exchange));
      this.listing.set(exchange, listing);
    }
    return listing;
  }

  private async read(exchange: string): Promise<void> {
    const source = this.findSource(exchange);
    if (!source) return;
    await this.catalogue.seed([source]);
    this.listedAt.set(exchange, performance.now());
  }
}

/** The exchanges that a filter names. */
export function exchangesNamed(where: RowFilter<Market> | undefined): string[] {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) {
        if (key === 'exchange') for (const name of texts(inner)) names.add(name);
        else visit(inner);
      }
  };
  visit(where);
  return [...names];
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}
