import { v7 } from 'uuid';

/** A new row id: UUID v7, so ids sort by creation time and tell nobody how many rows there are. */
export function newId(): string {
  return v7();
}
