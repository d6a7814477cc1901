import DataLoader from 'dataloader';
import type { GraphQLResolveInfo } from 'graphql';
import type { Count, Page, PageArguments, RowFilter, RowKey, RowOrder } from '../../services/database/index.ts';
import type { LedgerList } from '../../services/orders/ledger-list.ts';
import { PageView } from '../connection.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { itemFields } from '../selection.ts';

/** A list as a resolver is asked for it. */
export interface ListRequest<E, V, N> {
  readonly list: LedgerList<E & object, V & { readonly id: string }>;
  readonly nodeOf: (view: V) => N;
  readonly page: PageArguments;
  readonly where?: RowFilter<E> | undefined;
  readonly orderBy?: readonly RowOrder<E>[] | undefined;
}

/** One page of a list of one's own. */
export async function pageOf<E extends object, V extends { readonly id: string }, N>(
  { list, nodeOf, page, where, orderBy }: ListRequest<E, V, N>,
  context: RequestContext,
  info: GraphQLResolveInfo,
): Promise<PageView<V, N>> {
  const viewer = viewerOf(context);
  const rows = await list.page(viewer, page, { where, orderBy, fields: itemFields(info) });
  return new PageView(rows, nodeOf, () => list.count(viewer, where));
}

/** The same page of each parent's children; all parents of one field are served by one statement. */
export async function childrenOf<E extends object, V extends { readonly id: string }, N>(
  { list, nodeOf, page, where, orderBy }: ListRequest<E, V, N>,
  parent: RowKey<E>,
  parentId: string,
  context: RequestContext,
  info: GraphQLResolveInfo,
): Promise<PageView<V, N>> {
  // Within one operation a field of a document always has the same arguments.
  const [field] = info.fieldNodes;
  const loaders = context.loaders.get(field, () => {
    const viewer = viewerOf(context);
    const fields = itemFields(info);
    return {
      pages: new DataLoader<string, Page<V>>(async (ids) => {
        const pages = await list.pageOfEach(viewer, parent, ids, page, { where, orderBy, fields });
        return ids.map((id) => pages.get(id) ?? new Error(`no page for ${id}`));
      }),
      counts: new DataLoader<string, Count>(async (ids) => {
        const counts = await list.countOfEach(viewer, parent, ids, where);
        return ids.map((id) => counts.get(id) ?? { value: 0, exact: true });
      }),
    };
  });
  return new PageView(await loaders.pages.load(parentId), nodeOf, () => loaders.counts.load(parentId));
}

/** One row by its id, batched; null when it is missing or not one's own. */
export async function oneOf<E extends object, V extends { readonly id: string }, N>(
  list: LedgerList<E, V>,
  nodeOf: (view: V) => N,
  id: string | null,
  context: RequestContext,
): Promise<N | null> {
  if (id === null) return null;
  const loader = context.loaders.get(list, () => {
    const viewer = viewerOf(context);
    return new DataLoader<string, V | undefined>(async (ids) => {
      const rows = await list.byIds(viewer, ids);
      return ids.map((one) => rows.get(one));
    });
  });
  const view = await loader.load(id);
  return view ? nodeOf(view) : null;
}
