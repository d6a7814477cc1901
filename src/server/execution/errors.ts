import { type ASTNode, GraphQLError, locatedError } from 'graphql';
import type { Path } from './plan.ts';

/** The errors of one execution, without those below a position that an earlier error has made null already. */
export class CollectedErrors {
  readonly list: GraphQLError[] = [];
  readonly #positions = new Set<Path | undefined>();

  /** @param path the position that becomes null; undefined for the whole answer */
  add(error: GraphQLError, path: Path | undefined): void {
    if (this.#isNull(path)) return;
    this.#positions.add(path);
    this.list.push(error);
  }

  #isNull(start: Path | undefined): boolean {
    for (let path = start; path !== undefined; path = path.prev) if (this.#positions.has(path)) return true;
    return this.#positions.has(undefined);
  }
}

/** The keys that lead from the root of the answer to a position. */
function keysOf(path: Path | undefined): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let step = path; step !== undefined; step = step.prev) keys.push(step.key);
  return keys.reverse();
}

/** What was thrown, with its place in the document and in the answer. */
export function located(thrown: unknown, nodes: readonly ASTNode[], path: Path | undefined): GraphQLError {
  // graphql-js takes anything with a list called `path` for an error that has its place, but a DomainError's leads into the input.
  if (thrown instanceof Error && !(thrown instanceof GraphQLError))
    return new GraphQLError(thrown.message, { nodes, path: keysOf(path), originalError: thrown });
  return locatedError(thrown, nodes, keysOf(path));
}
