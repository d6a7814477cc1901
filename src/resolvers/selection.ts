import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';

type Fragments = GraphQLResolveInfo['fragments'];

const kept = new WeakMap<FieldNode, readonly string[]>();

/**
 * Names of the fields that a client asks of the items of a connection, so that only their columns are read. Fields behind `@skip` and
 * `@include` count; computed once per document.
 */
export function itemFields({ fieldNodes, fragments }: GraphQLResolveInfo): readonly string[] {
  const [first] = fieldNodes;
  const known = fieldNodes.length === 1 ? kept.get(first) : undefined;
  if (known) return known;
  const names = new Set<string>();
  for (const { selectionSet } of fieldNodes) {
    for (const field of fieldsIn(selectionSet, fragments)) {
      if (field.name.value === 'nodes') add(field.selectionSet, fragments, names);
      if (field.name.value !== 'edges') continue;
      for (const node of fieldsIn(field.selectionSet, fragments))
        if (node.name.value === 'node') add(node.selectionSet, fragments, names);
    }
  }
  const fields = [...names];
  if (fieldNodes.length === 1) kept.set(first, fields);
  return fields;
}

function add(set: SelectionSetNode | undefined, fragments: Fragments, names: Set<string>): void {
  for (const { name } of fieldsIn(set, fragments)) names.add(name.value);
}

function fieldsIn(set: SelectionSetNode | undefined, fragments: Fragments): FieldNode[] {
  return (set?.selections ?? []).flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments[selection.name.value];
    return fieldsIn(inner.selectionSet, fragments);
  });
}
