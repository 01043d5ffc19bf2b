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
  invitation: 'inv',
  apiKey: 'key',
  dataRequest: 'dsr',
} as const;

export type IdKind = keyof typeof idPrefixes;
export type Id<K extends IdKind> = `${(typeof idPrefixes)[K]}_${string}`;

/** A new id: the prefix and a UUIDv7 in hex, so ids sort by time of creation. */
export function newId<K extends IdKind>(kind: K): Id<K> {
  return `${idPrefixes[kind]}_${v7().replaceAll('-', '')}` as Id<K>;
}

/** The pattern an id of this kind matches; also what makes it safe in a `set local` statement. */
export function idPattern(kind: IdKind): RegExp {
  return new RegExp(`^${idPrefixes[kind]}_[0-9a-f]{32}$`);
}
