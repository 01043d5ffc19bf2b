import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  foreignKey,
  index,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { createdAt, instant, updatedAt } from './columns.ts';

export const organisations = pgTable('organisations', {
  id: text('id').primaryKey(),
  kind: text('kind', { enum: ['personal', 'team', 'guest'] }).notNull(),
  name: text('name').notNull(),
  tier: text('tier').notNull().default('repx0'),
  suspendedAt: instant('suspended_at'),
  createdAt: createdAt(),
});

export const users = pgTable('users', {
  id: text('id').primaryKey(),
  /** In lower case. */
  email: text('email').unique(),
  emailVerified: boolean('email_verified').notNull().default(false),
  displayName: text('display_name').notNull(),
  image: text('image'),
  twoFactorEnabled: boolean('two_factor_enabled').notNull().default(false),
  /** While set, no session of the person is valid and none can be opened. */
  suspendedAt: instant('suspended_at'),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

/** Guests have one too, in the organisation of their own. */
export const memberships = pgTable(
  'memberships',
  {
    orgId: text('org_id')
      .notNull()
      .references(() => organisations.id, { onDelete: 'cascade' }),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    role: text('role').notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.userId] }),
    index('memberships_user').on(t.userId),
    uniqueIndex('memberships_one_owner').on(t.orgId).where(sql`role = 'owner'`),
  ],
);

export const sessions = pgTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    orgId: text('org_id').notNull(),
    userId: text('user_id').notNull(),
    app: text('app').notNull(),
    /** Who of the staff acts as the user in this session. */
    impersonatorId: text('impersonator_id'),
    /** The session derived from the Supabase sign-in that this one was exchanged for, or is itself; they end together. */
    exchangedFor: text('exchanged_for'),
    /** What the cookie carries, signed with the server's secret: without that a row is no credential. Null: bearer only. */
    token: text('token').unique(),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    expiresAt: instant('expires_at').notNull(),
    revokedAt: instant('revoked_at'),
    /** Access tokens of the session that are not younger must be renewed: one of them is in the wrong hands. */
    tokensSince: instant('tokens_since'),
  },
  (t) => [
    unique('sessions_org_id').on(t.orgId, t.id),
    foreignKey({
      name: 'sessions_membership',
      columns: [t.orgId, t.userId],
      foreignColumns: [memberships.orgId, memberships.userId],
    }).onDelete('cascade'),
    index('sessions_user').on(t.orgId, t.userId, t.createdAt.desc().nullsFirst()),
    index('sessions_expiry').on(t.expiresAt),
    index('sessions_exchanged_for').on(t.exchangedFor).where(sql`exchanged_for is not null`),
    index('sessions_impersonator').on(t.impersonatorId).where(sql`impersonator_id is not null`),
  ],
);

/** Announcements of ended sessions and changed rights: NOTIFY carries them at once, this table to whoever missed one. */
export const principalChanges = pgTable(
  'principal_changes',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    payload: text('payload').notNull(),
    createdAt: createdAt(),
  },
  (t) => [index('principal_changes_created_at').on(t.createdAt)],
);

export const signingKeys = pgTable('signing_keys', {
  kid: text('kid').primaryKey(),
  alg: text('alg').notNull(),
  publicJwk: jsonb('public_jwk').$type<Record<string, unknown>>().notNull(),
  privateKeySealed: text('private_key_sealed').notNull(),
  createdAt: createdAt(),
  notBefore: instant('not_before').notNull(),
  retiresAt: instant('retires_at'),
});
