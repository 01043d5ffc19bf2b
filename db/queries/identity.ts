import { and, eq, gt, isNull, ne, sql } from 'drizzle-orm';
import { hotQuery } from '../hot-query.ts';
import { memberships, organisations, sessions, users } from '../schema/identity.ts';
import { apiKeys, platformStaff } from '../schema/organisations.ts';
import type { AnyScope, SystemScope } from '../scope.ts';

export type OrganisationKind = (typeof organisations.$inferSelect)['kind'];

/** Everything a principal is made of, as it is now. */
export interface SessionRow {
  readonly sessionId: string;
  readonly userId: string;
  readonly orgId: string;
  readonly app: string;
  readonly role: string;
  readonly tier: string;
  readonly organisationKind: OrganisationKind;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly displayName: string;
  readonly image: string | null;
  readonly organisationName: string;
  readonly expiresAt: Date;
  readonly tokensSince: Date | null;
  readonly impersonatorId: string | null;
  readonly isStaff: boolean;
}

const livingSession = hotQuery<SessionRow[], { sessionId: string }>('find_session', (db) =>
  db
    .select({
      sessionId: sessions.id,
      userId: sessions.userId,
      orgId: sessions.orgId,
      app: sessions.app,
      role: memberships.role,
      tier: organisations.tier,
      organisationKind: organisations.kind,
      email: users.email,
      emailVerified: users.emailVerified,
      displayName: users.displayName,
      image: users.image,
      organisationName: organisations.name,
      expiresAt: sessions.expiresAt,
      tokensSince: sessions.tokensSince,
      impersonatorId: sessions.impersonatorId,
      isStaff: sql<boolean>`${platformStaff.userId} is not null`,
    })
    .from(sessions)
    .innerJoin(
      memberships,
      and(eq(memberships.orgId, sessions.orgId), eq(memberships.userId, sessions.userId)),
    )
    .innerJoin(organisations, eq(organisations.id, sessions.orgId))
    .innerJoin(users, eq(users.id, sessions.userId))
    .leftJoin(platformStaff, eq(platformStaff.userId, sessions.userId))
    .where(
      and(
        eq(sessions.id, sql.placeholder('sessionId')),
        isNull(sessions.revokedAt),
        gt(sessions.expiresAt, sql`now()`),
        isNull(organisations.suspendedAt),
        isNull(users.suspendedAt),
      ),
    ),
);

/** A session that is neither expired nor revoked, of a member who like the organisation is not suspended; else null. */
export async function findSession(scope: SystemScope, sessionId: string): Promise<SessionRow | null> {
  const rows = await livingSession(scope, { sessionId });
  return rows[0] ?? null;
}

/** Everything the principal of an API key is made of, as it is now. */
export interface ApiKeyRow {
  readonly keyId: string;
  readonly secretHash: string;
  readonly scopes: string[];
  readonly expiresAt: Date;
  readonly userId: string;
  readonly orgId: string;
  readonly role: string;
  readonly tier: string;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly image: string | null;
  readonly displayName: string;
  readonly organisationName: string;
}

/** A key that is not revoked, of a member whose organisation is not suspended; else null. */
export async function findApiKey(scope: SystemScope, keyId: string): Promise<ApiKeyRow | null> {
  const isMember = and(eq(memberships.orgId, apiKeys.orgId), eq(memberships.userId, apiKeys.createdBy));
  const rows = await scope.db
    .select({
      keyId: apiKeys.id,
      secretHash: apiKeys.secretHash,
      scopes: apiKeys.scopes,
      expiresAt: apiKeys.expiresAt,
      userId: apiKeys.createdBy,
      orgId: apiKeys.orgId,
      role: memberships.role,
      tier: organisations.tier,
      email: users.email,
      emailVerified: users.emailVerified,
      image: users.image,
      displayName: users.displayName,
      organisationName: organisations.name,
    })
    .from(apiKeys)
    .innerJoin(memberships, isMember)
    .innerJoin(organisations, eq(organisations.id, apiKeys.orgId))
    .innerJoin(users, eq(users.id, apiKeys.createdBy))
    .where(
      and(
        eq(apiKeys.id, keyId),
        isNull(apiKeys.revokedAt),
        isNull(organisations.suspendedAt),
        isNull(users.suspendedAt),
      ),
    );
  return rows[0] ?? null;
}

/** Notes a use of a key, unless one of the last minute is noted already. */
export async function touchApiKey(scope: SystemScope, keyId: string): Promise<void> {
  const isOld = sql`coalesce(${apiKeys.lastUsedAt}, '-infinity') < now() - interval '1 minute'`;
  await scope.db
    .update(apiKeys)
    .set({ lastUsedAt: sql`now()` })
    .where(and(eq(apiKeys.id, keyId), isOld));
}

export interface NewAccount {
  readonly orgId: string;
  readonly organisationName: string;
  readonly organisationKind: OrganisationKind;
  readonly tier: string;
  readonly userId: string;
  readonly email: string | null;
  readonly emailVerified?: boolean;
  readonly displayName: string;
  readonly role: string;
}

/** Stores a user with an organisation and the membership between them; what exists already stays as it is. */
export async function ensureAccount(scope: SystemScope, account: NewAccount): Promise<void> {
  await scope.db
    .insert(organisations)
    .values({
      id: account.orgId,
      kind: account.organisationKind,
      name: account.organisationName,
      tier: account.tier,
    })
    .onConflictDoNothing();
  await scope.db
    .insert(users)
    .values({
      id: account.userId,
      email: account.email,
      emailVerified: account.emailVerified ?? false,
      displayName: account.displayName,
    })
    .onConflictDoNothing();
  await scope.db
    .insert(memberships)
    .values({ orgId: account.orgId, userId: account.userId, role: account.role })
    .onConflictDoNothing();
}

/** The first organisation of the user with this e-mail; null for an unknown address and for who or what is suspended. */
export async function findAccountByEmail(
  scope: SystemScope,
  email: string,
): Promise<{ userId: string; orgId: string } | null> {
  const rows = await scope.db
    .select({ userId: users.id, orgId: memberships.orgId })
    .from(users)
    .innerJoin(memberships, eq(memberships.userId, users.id))
    .innerJoin(organisations, eq(organisations.id, memberships.orgId))
    .where(and(eq(users.email, email), isNull(users.suspendedAt), isNull(organisations.suspendedAt)))
    .orderBy(memberships.createdAt, memberships.orgId)
    .limit(1);
  return rows[0] ?? null;
}

export interface NewSession {
  readonly id: string;
  readonly orgId: string;
  readonly userId: string;
  readonly app: string;
  readonly impersonatorId?: string;
  readonly exchangedFor?: string;
  /** What its cookie carries; without one the session is reached by bearer alone. */
  readonly token?: string;
  readonly ipAddress?: string;
  readonly userAgent?: string | null;
  readonly expiresAt: Date;
}

/** Opens a session; one that exists under this id keeps its row. */
export async function ensureSession(scope: SystemScope, session: NewSession): Promise<void> {
  await scope.db.insert(sessions).values(session).onConflictDoNothing();
}

/** Whether the person is a member of an organisation that is not suspended and not a guest's. */
export async function isMember(
  scope: SystemScope,
  membership: { readonly orgId: string; readonly userId: string },
): Promise<boolean> {
  const rows = await scope.db
    .select({ orgId: memberships.orgId })
    .from(memberships)
    .innerJoin(organisations, eq(organisations.id, memberships.orgId))
    .where(
      and(
        eq(memberships.orgId, membership.orgId),
        eq(memberships.userId, membership.userId),
        isNull(organisations.suspendedAt),
        ne(organisations.kind, 'guest'),
      ),
    )
    .for('share', { of: memberships });
  return rows.length === 1;
}

/** Puts a living session into another organisation of its person; null when there is none or no membership. */
export async function moveSession(
  scope: SystemScope,
  move: { readonly sessionId: string; readonly userId: string; readonly orgId: string },
): Promise<{ app: string } | null> {
  if (!(await isMember(scope, move))) return null;
  const rows = await scope.db
    .update(sessions)
    .set({ orgId: move.orgId })
    .where(and(eq(sessions.id, move.sessionId), eq(sessions.userId, move.userId), isNull(sessions.revokedAt)))
    .returning({ app: sessions.app });
  return rows[0] ?? null;
}

/** Tells every process, at commit, that rights changed. The payload is small JSON of ids. */
export async function notifyPrincipalChange(scope: AnyScope, payload: string): Promise<void> {
  await scope.db.execute(sql`select announce_principal_change(${payload})`);
}
