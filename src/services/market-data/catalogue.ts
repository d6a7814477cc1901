import { Exchange } from '../../entities/exchange/Exchange.ts';
import { Market } from '../../entities/market/Market.ts';
import { decimal } from '../../trading/money.ts';
import { MarketType } from '../../trading/position.ts';
import type { Database, EntityManager, Page, PageArguments, RowFilter, RowOf } from '../database/index.ts';
import { DomainError } from '../errors.ts';
import { knownExchanges } from '../exchanges/catalogue.ts';
import { unknownExchange } from '../exchanges/exchanges.ts';
import type { CandleSource } from '../exchanges/port/market-data.ts';
import type { MarketRules } from '../exchanges/port/market-rules.ts';
import type { Viewer } from '../viewer.ts';

const exchangeFields = ['id', 'name', 'displayName', 'isEnabled', 'sandbox'] as const;
const marketFields = [
  'id',
  'exchangeId',
  'symbol',
  'baseAsset',
  'quoteAsset',
  'kind',
  'isActive',
  'tickSize',
  'stepSize',
  'minNotional',
] as const;

export type ExchangeRow = Pick<RowOf<Exchange>, (typeof exchangeFields)[number]>;
export type MarketRow = Pick<RowOf<Market>, (typeof marketFields)[number]>;

/** A market by its id, or by the name of its exchange and its symbol. */
export type MarketReference = { readonly id: string } | { readonly exchange: string; readonly symbol: string };

/**
 * Precision of a market that is known from imported candles only: as fine as exchanges come, so that no price or amount of the file is refused.
 */
const imported = { tickSize: decimal('0.00000001'), stepSize: decimal('0.00000001'), minNotional: null } as const;

/** The exchanges and markets that the program knows. They belong to nobody; every signed-in person may read them. */
export class MarketCatalogue {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** Enters the known exchanges, and the markets of some; what is there already gets its present rules and state. */
  async seed(sources: readonly CandleSource[]): Promise<void> {
    const rules = await Promise.all(sources.map(async (source) => ({ name: source.name, markets: await source.markets() })));
    await this.database.transaction(async (em) => {
      for (const { name, displayName } of knownExchanges)
        if (!(await em.findOne(Exchange, { name }))) em.create(Exchange, { name, displayName });
      await em.flush();
      for (const { name, markets } of rules) {
        const exchange = await em.findOneOrFail(Exchange, { name });
        const known = new Map((await em.find(Market, { exchange })).map((market) => [market.symbol, market]));
        for (const market of markets.filter(({ symbol }) => symbolPattern.test(symbol))) {
          const found = known.get(market.symbol);
          if (found) em.assign(found, columnsOf(market));
          else em.create(Market, { exchange, ...columnsOf(market) });
        }
      }
    });
  }

  /** All exchanges, by name. */
  exchanges(viewer: Viewer): Promise<ExchangeRow[]> {
    return this.database
      .rows(viewer.userId)
      .list(Exchange, { fields: exchangeFields, orderBy: [{ field: 'name' }], limit: 1000 });
  }

  exchangesById(viewer: Viewer, ids: readonly string[]): Promise<Map<string, ExchangeRow>> {
    return this.database.rows(viewer.userId).byIds(Exchange, ids, exchangeFields);
  }

  /** A page of markets, by symbol. */
  markets(viewer: Viewer, where: RowFilter<Market> | undefined, page: PageArguments): Promise<Page<MarketRow>> {
    const query = { fields: marketFields, where: where ?? null, orderBy: [{ field: 'symbol' }] as const };
    return this.database.rows(viewer.userId).page(Market, query, page);
  }

  countMarkets(viewer: Viewer, where: RowFilter<Market> | undefined): Promise<{ value: number; exact: boolean }> {
    return this.database.rows(viewer.userId).countUpTo(Market, where);
  }

  marketsById(viewer: Viewer, ids: readonly string[]): Promise<Map<string, MarketRow>> {
    return this.database.rows(viewer.userId).byIds(Market, ids, marketFields);
  }

  /** Whether any market of an exchange is known here. */
  async hasMarkets(exchange: string): Promise<boolean> {
    const where: RowFilter<Market> = { exchange: { name: { eq: exchange } } };
    return Boolean(await this.database.systemRows().first(Market, { fields: ['id'], where }));
  }

  /** Undefined when there is no such market. */
  async findMarket(reference: MarketReference): Promise<(MarketRow & { exchange: string }) | undefined> {
    const rows = this.database.systemRows();
    const where: RowFilter<Market> =
      'id' in reference
        ? { id: { eq: reference.id } }
        : { symbol: { eq: reference.symbol }, exchange: { name: { eq: reference.exchange } } };
    const market = await rows.first(Market, { fields: marketFields, where });
    const exchange = market && (await rows.find(Exchange, market.exchangeId, ['name']));
    return exchange ? { ...market, exchange: exchange.name } : undefined;
  }

  /** @throws DomainError NOT_FOUND naming what is not there */
  async market(reference: MarketReference, path?: readonly string[]): Promise<MarketRow & { exchange: string }> {
    const market = await this.findMarket(reference);
    if (market) return market;
    const options = path ? { path } : {};
    if ('id' in reference) throw new DomainError('NOT_FOUND', 'there is no market with this id', options);
    const { exchange, symbol } = reference;
    if (!knownExchanges.some(({ name }) => name === exchange)) throw unknownExchange(exchange, path);
    const hint = symbol.includes('/') ? '' : ': write base and quote asset, as in BTC/USDT';
    throw new DomainError('NOT_FOUND', `${exchange} has no market ${symbol.slice(0, 60)} here${hint}`, {
      ...options,
      details: { missingId: `${exchange} ${symbol}`.slice(0, 100) },
    });
  }

  /**
   * The market, entered with default precision when it is new.
   * @throws DomainError NOT_FOUND for an unknown exchange, INVALID for text that is no symbol
   */
  async ensureMarket(em: EntityManager, exchangeName: string, symbol: string): Promise<Market> {
    const exchange = await em.findOne(Exchange, { name: exchangeName });
    if (!exchange) throw unknownExchange(exchangeName);
    const found = await em.findOne(Market, { exchange, symbol });
    if (found) return found;
    const { base, quote, kind } = readSymbol(symbol);
    const market = em.create(
      Market,
      { exchange, symbol, baseAsset: base, quoteAsset: quote, kind, ...imported },
      { persist: false },
    );
    // Another fetch or import may be entering it at this moment.
    await em.upsert(market, undefined, { onConflictFields: ['exchange', 'symbol'], onConflictAction: 'ignore' });
    return em.findOneOrFail(Market, { exchange, symbol });
  }
}

function columnsOf(rules: MarketRules) {
  const { symbol, base, quote, kind, isActive = true, tickSize, stepSize, minNotional } = rules;
  return { symbol, baseAsset: base, quoteAsset: quote, kind, isActive, tickSize, stepSize, minNotional };
}

const asset = '[A-Za-z0-9.]{1,20}';
const symbolPattern = new RegExp(`^(${asset})/(${asset})(?::${asset})?$`);

/**
 * The parts of a symbol: "BTC/USDT", or "BTC/USDT:USDT" for a perpetual settled in USDT.
 * @throws DomainError INVALID for anything else
 */
export function readSymbol(symbol: string): { base: string; quote: string; kind: MarketType } {
  const match = symbolPattern.exec(symbol);
  if (!match)
    throw new DomainError('INVALID', `"${symbol.slice(0, 60)}" is not a symbol: write base and quote asset, as in BTC/USDT`, {
      path: ['symbol'],
    });
  return { base: match[1], quote: match[2], kind: symbol.includes(':') ? MarketType.FUTURES : MarketType.SPOT };
}
