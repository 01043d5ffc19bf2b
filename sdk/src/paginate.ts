import type { CallOptions, Query } from './client-types.ts';

/** A page of a list; `nextCursor` is null on the last one. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/**
 * Every item of every page of a list that takes the last page's `nextCursor` as `cursor`; each page is fetched when
 * it is reached. A cursor that does not move ends the iteration.
 */
export async function* paginate<Input, Item>(
  procedure: Query<Input, Page<Item>>,
  input: Input,
  options?: CallOptions,
): AsyncGenerator<Item, void, undefined> {
  const query = pageQuery(procedure);
  let cursor: string | null = null;
  for (;;) {
    const page = await query(cursor === null ? input : { ...input, cursor }, options);
    yield* page.items;
    if (page.nextCursor === null || page.nextCursor === cursor) return;
    cursor = page.nextCursor;
  }
}

/** `Query` spells its arguments so that callers may leave out an empty input; here there always is one. */
function pageQuery<Input, Item>(procedure: Query<Input, Page<Item>>) {
  return procedure.query as (input: unknown, options?: CallOptions) => Promise<Page<Item>>;
}
