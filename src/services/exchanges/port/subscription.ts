/*
 * What the program asks of an exchange, in two ports: `CandleSource` is public market data, `Exchange` is one account that trades.
 * Streams are callbacks: `subscribe…(listener)` answers with a function that ends the subscription. A listener is called in order, never
 * concurrently, and must return at once: it puts the news into a queue of its own.
 */

/** Ends a subscription; calling it again does nothing. */
export type Unsubscribe = () => void;
