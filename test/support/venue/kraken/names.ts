import type { VenueError } from '../errors.ts';
import type { VenueSymbol } from '../symbols.ts';
import { venueErrors } from '../errors.ts';
import type { VenueWorld } from '../dialect.ts';

/** Kraken calls bitcoin XBT everywhere but in its newer streams. */
const assetOf = (asset: string): string => (asset === 'BTC' ? 'XBT' : asset);

export const pairOf = ({ base, quote }: VenueSymbol): string => assetOf(base) + assetOf(quote);
export const wsNameOf = ({ base, quote }: VenueSymbol): string => `${assetOf(base)}/${assetOf(quote)}`;
/** As the streams of version 2 have it. */
export const streamSymbolOf = ({ base, quote }: VenueSymbol): string => `${base}/${quote}`;
export const krakenAsset = assetOf;

export function symbolOf(world: VenueWorld, pair: string | undefined): VenueSymbol {
  const symbol = world.ledger.symbols.find((one) => pairOf(one) === pair || streamSymbolOf(one) === pair);
  if (!symbol) throw venueErrors.badSymbol();
  return symbol;
}

// docs.kraken.com, "API errors"; support.kraken.com, "API error messages".
const texts: Readonly<Partial<Record<VenueError['kind'], string>>> = {
  TIMESTAMP: 'EService:Deadline elapsed',
  SIGNATURE: 'EAPI:Invalid signature',
  BAD_KEY: 'EAPI:Invalid key',
  NONCE: 'EAPI:Invalid nonce',
  BAD_SYMBOL: 'EQuery:Unknown asset pair',
  LOT_SIZE: 'EGeneral:Invalid arguments:volume',
  PRICE_FILTER: 'EOrder:Invalid price',
  NOTIONAL: 'EOrder:Cost minimum not met',
  INSUFFICIENT: 'EOrder:Insufficient funds',
  DUPLICATE: 'EOrder:Invalid order',
  WOULD_TAKE: 'EOrder:Post only order',
  WOULD_TRIGGER: 'EOrder:Invalid price',
  UNKNOWN_ORDER: 'EOrder:Unknown order',
  HALTED: 'EService:Market in cancel_only mode',
  TOO_MANY: 'EGeneral:Too many requests',
};

export function refusalText({ kind, message }: VenueError): string {
  return texts[kind] ?? `EGeneral:Invalid arguments:${message}`;
}
