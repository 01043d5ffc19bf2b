import { invalid } from '../kernel/failure.ts';
import type { Range } from './params.ts';

interface PageInput {
  readonly limit?: number | undefined;
  readonly starting_after?: string | undefined;
  readonly ending_before?: string | undefined;
  readonly created?: Range | undefined;
}

/** A page of a list, newest first, with Stripe's cursors. `rows` come oldest first. */
export function page<T extends { id: string; created?: number }>(
  url: string,
  rows: readonly T[],
  input: PageInput,
): { object: 'list'; data: T[]; has_more: boolean; url: string } {
  if (input.starting_after !== undefined && input.ending_before !== undefined)
    throw invalid('You cannot specify both starting_after and ending_before');
  const matching = rows.toReversed().filter((row) => inRange(row.created ?? 0, input.created));
  const limit = input.limit ?? 10;
  if (input.ending_before !== undefined) {
    const end = placeOf(matching, input.ending_before, 'ending_before');
    const start = Math.max(0, end - limit);
    return { object: 'list', data: matching.slice(start, end), has_more: start > 0, url };
  }
  const start =
    input.starting_after === undefined ? 0 : placeOf(matching, input.starting_after, 'starting_after') + 1;
  return {
    object: 'list',
    data: matching.slice(start, start + limit),
    has_more: matching.length > start + limit,
    url,
  };
}

/** A list within an object, whole. */
export function wholeList<T>(
  url: string,
  data: T[],
): { object: 'list'; data: T[]; has_more: false; url: string } {
  return { object: 'list', data, has_more: false, url };
}

function placeOf(rows: readonly { id: string }[], id: string, param: string): number {
  const place = rows.findIndex((row) => row.id === id);
  if (place === -1) throw invalid(`No such object: '${id}'`, { param, code: 'resource_missing' });
  return place;
}

function inRange(at: number, range: Range | undefined): boolean {
  if (range === undefined) return true;
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = range;
  return at > gt && at >= gte && at < lt && at <= lte;
}
