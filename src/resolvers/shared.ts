import type { GraphQLField } from 'graphql';
import { Extensions } from 'type-graphql';

/** What may become of a pushed value while its reader is behind. */
export interface Place {
  /** A newer value of the same key takes an older one's place. */
  readonly key: string;
  /** Must not be left out: nothing takes its place, and readers are told it in order. */
  readonly keep: boolean;
}

/** How a subscription is shared between those who ask for the same. */
export interface Sharing<Arguments = Record<string, unknown>, Payload = unknown> {
  /** Whether these arguments make the same stream for whoever begins now; yes when left out. */
  readonly when?: (args: Arguments) => boolean;
  /** Where a value stands; all of them are one key, of which only the newest counts, when left out. */
  readonly place?: (payload: Payload) => Place;
}

type MethodDecorator = (target: object, key: string | symbol, descriptor: PropertyDescriptor) => void;

/**
 * A subscription that sends everybody the same: all who ask for it with the same document and variables share one execution and one
 * serialised payload. It runs without a viewer, so that nothing of anybody can get into it; who may subscribe is decided for each
 * one before.
 */
export function Shared<Arguments, Payload>(sharing: Sharing<Arguments, Payload>): MethodDecorator {
  return Extensions({ shared: sharing }) as MethodDecorator;
}

/** How a subscription's field is shared; undefined when each subscriber has its own. */
export function sharingOf(field: GraphQLField<unknown, unknown>): Sharing | undefined {
  return field.extensions['shared'] as Sharing | undefined;
}
