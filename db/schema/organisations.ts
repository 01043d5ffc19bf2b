import { foreignKey, index, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core';
import { createdAt, instant } from './columns.ts';
import { memberships, organisations, users } from './identity.ts';

/** Offers of a membership by e-mail; of the token only the hash is kept. Ended ones stay until retention. */
export const invitations = pgTable(
  'invitations',
  {
    orgId: text('org_id')
      .notNull()
      .references(() => organisations.id, { onDelete: 'cascade' }),
    id: text('id').notNull(),
    /** In lower case. */
    email: text('email').notNull(),
    role: text('role').notNull(),
    tokenHash: text('token_hash').notNull(),
    invitedBy: text('invited_by').notNull(),
    createdAt: createdAt(),
    expiresAt: instant('expires_at').notNull(),
    acceptedAt: instant('accepted_at'),
    acceptedBy: text('accepted_by'),
    revokedAt: instant('revoked_at'),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    index('invitations_by_time').on(t.orgId, t.createdAt.desc().nullsFirst(), t.id.desc().nullsFirst()),
    index('invitations_email').on(t.email),
    index('invitations_expiry').on(t.expiresAt),
  ],
);

/** Keys for programs; of the secret only the hash is kept. A key ends with the membership of who made it. */
export const apiKeys = pgTable(
  'api_keys',
  {
    orgId: text('org_id').notNull(),
    id: text('id').notNull(),
    name: text('name').notNull(),
    createdBy: text('created_by').notNull(),
    secretHash: text('secret_hash').notNull(),
    scopes: text('scopes').array().notNull(),
    createdAt: createdAt(),
    expiresAt: instant('expires_at').notNull(),
    /** Written at most once a minute. */
    lastUsedAt: instant('last_used_at'),
    revokedAt: instant('revoked_at'),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    unique('api_keys_id').on(t.id),
    foreignKey({
      name: 'api_keys_membership',
      columns: [t.orgId, t.createdBy],
      foreignColumns: [memberships.orgId, memberships.userId],
    }).onDelete('cascade'),
    index('api_keys_by_time').on(t.orgId, t.createdAt.desc().nullsFirst(), t.id.desc().nullsFirst()),
  ],
);

/** Our own staff, who may act for members with a reason. Platform table: no procedure writes it. */
export const platformStaff = pgTable('platform_staff', {
  userId: text('user_id')
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  createdAt: createdAt(),
});
