import { z } from 'zod';
import { Failure } from './failure.ts';

/** What every list takes: where to go on and how many. */
export const PageInput = z.object({
  cursor: z.string().max(200).optional().describe('The `nextCursor` of the page before.'),
  limit: z.int().min(1).max(100).default(25),
});

const InstantCursor = z.tuple([z.iso.datetime(), z.string().max(80)]);
const RankCursor = z.tuple([z.number(), z.string().max(80)]);
const SeqCursor = z.tuple([z.int().min(0)]);

export function encodeCursor(values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

function decode<S extends z.ZodType>(schema: S, cursor: string): z.output<S> {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (error) {
    throw new Failure('request.invalid', {
      fields: [{ path: 'cursor', message: 'is not a cursor of this list' }],
      cause: error,
    });
  }
}

/** A cursor over (instant, id); throws `request.invalid` for anything that is not one. It names a place, never a right. */
export function instantCursor(cursor: string | undefined): { at: string; id: string } | null {
  if (cursor === undefined) return null;
  const [at, id] = decode(InstantCursor, cursor);
  return { at, id };
}

/** A cursor over (rank, id) of a search. */
export function rankCursor(cursor: string | undefined): { rank: number; id: string } | null {
  if (cursor === undefined) return null;
  const [rank, id] = decode(RankCursor, cursor);
  return { rank, id };
}

/** A cursor over a sequence number. */
export function seqCursor(cursor: string | undefined): number | null {
  return cursor === undefined ? null : decode(SeqCursor, cursor)[0];
}

/** A page from `limit + 1` rows: the surplus row only tells that there is more. */
export function pageOf<R>(
  rows: readonly R[],
  limit: number,
  key: (row: R) => readonly (string | number)[],
): { items: R[]; nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(key(last)) : null };
}
