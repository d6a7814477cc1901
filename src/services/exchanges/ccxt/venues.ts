import { binance } from './venues/binance.ts';
import { bybit } from './venues/bybit.ts';
import { kraken } from './venues/kraken.ts';
import type { VenueProfile } from './venues/profile.ts';

export type { VenueProfile } from './venues/profile.ts';

const profiles: ReadonlyMap<string, VenueProfile> = new Map([binance, kraken, bybit].map((profile) => [profile.id, profile]));

/** The exchanges that this program reaches: each has passed the contracts of the ports. */
export function venueProfile(id: string): VenueProfile | undefined {
  return profiles.get(id);
}
