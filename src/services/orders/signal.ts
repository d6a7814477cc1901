/** What a bot's order is for. STOP and TARGET guard an open position; MANUAL was placed by a person. */
export const OrderPurpose = { ENTRY: 'ENTRY', EXIT: 'EXIT', STOP: 'STOP', TARGET: 'TARGET', MANUAL: 'MANUAL' } as const;
export type OrderPurpose = (typeof OrderPurpose)[keyof typeof OrderPurpose];

const pattern = /^(\d+):(ENTRY|EXIT|STOP|TARGET|MANUAL):(\d+)$/;

/** The name of a signal within its bot: the candle that decided, what the order is for, and which try it is. */
export function signalKeyOf(candleTime: number, purpose: OrderPurpose, attempt: number): string {
  return `${candleTime}:${purpose}:${attempt}`;
}

/** What an order is for, from its signal; undefined for an order that no signal made. */
export function purposeOf(signalKey: string | null): OrderPurpose | undefined {
  return pattern.exec(signalKey ?? '')?.[2] as OrderPurpose | undefined;
}
