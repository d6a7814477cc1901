import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import { type ASTVisitor, GraphQLError, Kind, type SelectionSetNode, type ValidationContext, type ValidationRule } from 'graphql';
import type { Limits } from '../limits.ts';

/** Validation rules beside GraphQL's own: what a document may look like before anything is run. */
export function limitRules(limits: Limits): ValidationRule[] {
  const plain = {
    propagateOnRejection: false,
    onReject: [(context: ValidationContext | null, error: GraphQLError) => context?.reportError(error)],
  };
  return [
    maxDepthRule({ n: limits.depth, flattenFragments: true, ...plain }) as unknown as ValidationRule,
    aliasesRule(limits.aliases),
    maxDirectivesRule({ n: limits.directives, ...plain }) as unknown as ValidationRule,
    duplicateFieldsRule(limits.duplicates),
    expansionRule(limits.tokens),
  ];
}

/** Aliases of the whole document; those of `__typename`, which common rules exempt, cost as much as any other. */
function aliasesRule(most: number): ValidationRule {
  return (context: ValidationContext): ASTVisitor => {
    let count = 0;
    return {
      Field(node) {
        if (node.alias && ++count === most + 1)
          context.reportError(new GraphQLError(`Document not allowed: it has more than ${most} aliases`, { nodes: [node] }));
      },
    };
  };
}

/** The same field again and again in one selection costs the validator quadratic time and the server nothing useful. */
function duplicateFieldsRule(most: number): ValidationRule {
  return (context: ValidationContext): ASTVisitor => ({
    SelectionSet(node: SelectionSetNode) {
      const seen = new Map<string, number>();
      for (const selection of node.selections) {
        const name =
          selection.kind === Kind.FIELD
            ? selection.name.value
            : selection.kind === Kind.FRAGMENT_SPREAD
              ? `...${selection.name.value}`
              : '... on';
        const times = (seen.get(name) ?? 0) + 1;
        seen.set(name, times);
        if (times === most + 1 && selection.kind !== Kind.INLINE_FRAGMENT)
          context.reportError(
            new GraphQLError(`Document not allowed: "${name}" stands more than ${most} times in one selection`, {
              nodes: [selection],
            }),
          );
      }
    },
  });
}

/**
 * Fragments that spread fragments that spread fragments: a few hundred characters may stand for billions of fields. Counted with each
 * fragment looked at once, so that the count itself is quick.
 */
function expansionRule(most: number): ValidationRule {
  return (context: ValidationContext): ASTVisitor => {
    const sizes = new Map<string, number>();
    const sizeOf = (set: SelectionSetNode): number => {
      let size = 0;
      for (const selection of set.selections) {
        if (selection.kind === Kind.FIELD) size += 1 + (selection.selectionSet ? sizeOf(selection.selectionSet) : 0);
        else if (selection.kind === Kind.INLINE_FRAGMENT) size += sizeOf(selection.selectionSet);
        else size += fragmentSize(selection.name.value);
      }
      return size;
    };
    const fragmentSize = (name: string): number => {
      const known = sizes.get(name);
      if (known !== undefined) return known;
      // A fragment that spreads itself is another rule's complaint.
      sizes.set(name, 0);
      const fragment = context.getFragment(name);
      const size = fragment ? sizeOf(fragment.selectionSet) : 0;
      sizes.set(name, size);
      return size;
    };
    return {
      OperationDefinition(node) {
        const size = sizeOf(node.selectionSet);
        if (size > most)
          context.reportError(
            new GraphQLError(`Document not allowed: with its fragments it has ${size} fields, the limit is ${most}`, {
              nodes: [node],
            }),
          );
      },
    };
  };
}
