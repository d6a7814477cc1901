/** A market of the venue and its filters; numbers as text, as the wire has them. */
export interface VenueSymbol {
  /** "BTCUSDT" */
  readonly id: string;
  readonly base: string;
  readonly quote: string;
  readonly tickSize: string;
  readonly stepSize: string;
  readonly minQty: string;
  readonly maxQty: string;
  readonly minNotional: string;
  /** No orders are taken. */
  readonly isHalted?: boolean;
}

export const btcusdt: VenueSymbol = {
  id: 'BTCUSDT',
  base: 'BTC',
  quote: 'USDT',
  tickSize: '0.01',
  stepSize: '0.00001',
  minQty: '0.00001',
  maxQty: '90000.00000',
  minNotional: '5.00000000',
};

export const ethusdt: VenueSymbol = {
  id: 'ETHUSDT',
  base: 'ETH',
  quote: 'USDT',
  tickSize: '0.01',
  stepSize: '0.0001',
  minQty: '0.0001',
  maxQty: '9000.0000',
  minNotional: '5.00000000',
};
