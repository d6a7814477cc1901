import { mostMarkets } from '../../trading/portfolio/run.ts';
import { DomainError } from '../errors.ts';

/** A market by its id, or by its names. */
export type MarketSelector = { readonly id: string } | { readonly exchange: string; readonly symbol: string };

/** Where markets come from. */
export interface MarketSource {
  /** @throws DomainError NOT_FOUND naming what is not there */
  market(selector: MarketSelector, path: readonly string[]): Promise<FoundMarket>;
}

interface FoundMarket {
  readonly exchangeId: string;
  readonly exchange: string;
  readonly symbol: string;
  readonly quoteAsset: string;
}

/** One market, or several that share one capital: one of the two is given. */
export interface MarketChoice {
  readonly market?: MarketSelector | null | undefined;
  /** In the order in which they are served where there is not enough for all. */
  readonly markets?: readonly MarketSelector[] | null | undefined;
  /** Positions open at the same time; one per market when absent. */
  readonly maxOpenPositions?: number | null | undefined;
}

export interface ChosenMarkets {
  readonly exchangeId: string;
  readonly exchange: string;
  /** Each with the place in the input that what is wrong with its candles is told at. */
  readonly markets: readonly { readonly symbol: string; readonly path: readonly string[] }[];
  readonly maxOpenPositions: number | null;
}

/**
 * The markets that an input names.
 * @throws DomainError REQUIRED, INVALID, NOT_FOUND with the path of the bad market
 */
export async function chosenMarkets(source: MarketSource, choice: MarketChoice): Promise<ChosenMarkets> {
  const { market, markets } = choice;
  const maxOpenPositions = readMost(choice.maxOpenPositions);
  if (market && markets) throw new DomainError('INVALID', 'give market or markets, not both', { path: ['input', 'markets'] });
  if (market) {
    const { exchangeId, exchange, symbol } = await source.market(market, ['input', 'market']);
    return { exchangeId, exchange, markets: [{ symbol, path: ['input', 'from'] }], maxOpenPositions };
  }
  if (!markets)
    throw new DomainError('REQUIRED', 'name a market, or several: market or markets is missing', { path: ['input', 'market'] });
  const all = await eachMarket(source, markets);
  const [{ exchangeId, exchange }] = all;
  return {
    exchangeId,
    exchange,
    markets: all.map(({ symbol }, place) => ({ symbol, path: pathOf(place) })),
    maxOpenPositions,
  };
}

const pathOf = (place: number): readonly string[] => ['input', 'markets', String(place)];

async function eachMarket(source: MarketSource, markets: readonly MarketSelector[]): Promise<FoundMarket[]> {
  if (markets.length < 1 || markets.length > mostMarkets)
    throw new DomainError('INVALID', `a backtest has from 1 to ${mostMarkets} markets, not ${markets.length}`, {
      path: ['input', 'markets'],
      details: { limit: String(mostMarkets) },
    });
  const all: FoundMarket[] = [];
  for (const [place, selector] of markets.entries()) {
    const one = await source.market(selector, pathOf(place));
    const [first = one] = all;
    const refused = (reason: string): DomainError => new DomainError('INVALID', reason, { path: pathOf(place) });
    if (one.exchange !== first.exchange)
      throw refused(
        `${one.symbol} is at ${one.exchange} and ${first.symbol} at ${first.exchange}: one capital is at one exchange`,
      );
    if (one.quoteAsset !== first.quoteAsset)
      throw refused(
        `${one.symbol} is paid in ${one.quoteAsset} and ${first.symbol} in ${first.quoteAsset}: one capital is of one currency`,
      );
    if (all.some(({ symbol }) => symbol === one.symbol)) throw refused(`${one.symbol} stands in the list twice`);
    all.push(one);
  }
  return all;
}

function readMost(most: number | null | undefined): number | null {
  if (most === null || most === undefined) return null;
  if (Number.isInteger(most) && most >= 1 && most <= mostMarkets) return most;
  throw new DomainError('INVALID', `maxOpenPositions ${most} must be a whole number from 1 to ${mostMarkets}`, {
    path: ['input', 'maxOpenPositions'],
    details: { limit: String(mostMarkets) },
  });
}
