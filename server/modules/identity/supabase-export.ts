import { z } from 'zod';
import { isStorableText } from '../../core/storable-text.ts';

/** Text of JSON, as CSV and some exports hold objects. */
const object = z.preprocess((value) => {
  if (typeof value !== 'string') return value ?? undefined;
  if (value === '') return undefined;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}, z.record(z.string(), z.unknown()).optional());

const text = z.preprocess((value) => (value === '' ? null : value), z.string().nullish());
const flag = z.preprocess(
  (value) =>
    typeof value === 'string' ? ['true', 't', '1'].includes(value.toLowerCase()) : (value ?? false),
  z.boolean(),
);

/** A row of Supabase's table auth.users, of which more columns are ignored. */
export const ExportedUser = z.object({
  id: z.uuid(),
  email: text,
  encrypted_password: text,
  email_confirmed_at: text,
  is_anonymous: flag,
  banned_until: text,
  deleted_at: text,
  raw_user_meta_data: object,
});
export type ExportedUser = z.output<typeof ExportedUser>;

/** What is to be stored of an exported user. */
export interface ImportedUser {
  readonly subject: string;
  readonly userId: string;
  readonly orgId: string;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly displayName: string;
  /** A bcrypt hash; replaced at the first sign-in. */
  readonly password: string | null;
}

/** GoTrue's cost is 10; one far above it would hold the process up for minutes at each attempt. */
const BCRYPT = /^\$2[aby]\$(0[4-9]|1[0-2])\$[./A-Za-z0-9]{53}$/;

/** The user to store, or why there is none. Metadata gives a name and no rights: its owner can edit it. */
export function importable(raw: unknown, now: Date): ImportedUser | { readonly skipped: string } {
  const parsed = ExportedUser.safeParse(raw);
  if (!parsed.success) return { skipped: `not a user: ${parsed.error.issues[0]?.path.join('.') || 'row'}` };
  const row = parsed.data;
  if (row.is_anonymous) return { skipped: 'anonymous' };
  if (row.deleted_at) return { skipped: 'deleted' };
  if (row.banned_until && !(new Date(row.banned_until) <= now)) return { skipped: 'banned' };
  const hash = row.encrypted_password ?? null;
  if (hash !== null && !BCRYPT.test(hash)) return { skipped: 'password hash of an unknown kind' };
  const email = row.email?.trim().toLowerCase() ?? null;
  if (email !== null && !z.email().safeParse(email).success) return { skipped: 'e-mail address not valid' };
  if (email === null) return { skipped: 'no e-mail address' };
  const hex = row.id.replaceAll('-', '').toLowerCase();
  const name = row.raw_user_meta_data?.full_name ?? row.raw_user_meta_data?.name;
  if (typeof name === 'string' && !isStorableText(name))
    return { skipped: 'text with a null character or half of a surrogate pair' };
  return {
    subject: row.id.toLowerCase(),
    userId: `usr_${hex}`,
    orgId: `org_${hex}`,
    email,
    emailVerified: Boolean(row.email_confirmed_at),
    displayName: typeof name === 'string' && name.trim() !== '' ? name.trim().slice(0, 120) : email,
    password: hash,
  };
}
