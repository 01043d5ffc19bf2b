import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

/** What an id names; the prefix is part of the id on every wire and in every row. */
export const idPrefixes = {
  organisation: 'org',
  user: 'usr',
  session: 'ses',
  conversation: 'conv',
  message: 'msg',
  run: 'run',
  audit: 'aud',
  event: 'evt',
  request: 'req',
  job: 'job',
  checkout: 'chk',
  invitation: 'inv',
  apiKey: 'key',
  dataRequest: 'dsr',
} as const;

export type IdKind = keyof typeof idPrefixes;
export type Id<K extends IdKind> = `${(typeof idPrefixes)[K]}_${string}`;

/** Random bytes for 256 ids, drawn at once: a draw for each costs more than the rest of the id. */
const pool = Buffer.alloc(256 * 16);
let used = pool.length;
const bytes = Buffer.alloc(16);
let msecs = 0;
let seq = 0;

/** A new id: the prefix and a UUIDv7 in hex, so ids sort by time of creation, those of a process strictly. */
export function newId<K extends IdKind>(kind: K): Id<K> {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + 16);
  used += 16;
  const now = Date.now();
  if (now > msecs) {
    msecs = now;
    seq = random.readUInt32BE(0) >>> 2; // room to count up within the millisecond
  } else seq += 1;
  v7({ msecs, seq, random }, bytes);
  return `${idPrefixes[kind]}_${bytes.toString('hex')}` as Id<K>;
}

/** The pattern an id of this kind matches; also what makes it safe in a `set local` statement. */
export function idPattern(kind: IdKind): RegExp {
  return new RegExp(`^${idPrefixes[kind]}_[0-9a-f]{32}$`);
}
