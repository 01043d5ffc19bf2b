import type { DBAdapter, Where } from 'better-auth';
import { hasSecondFactor } from '../../../db/queries/accounts.ts';
import type { SystemScope } from '../../../db/scope.ts';
import type { SignInAct } from '../../core/audit-classes.ts';
import { currentPath, firstFactorPaths, openingOf, recordAct } from './acts.ts';

/** What rows of sessions and of proofs have in common. */
export interface ProviderRow {
  readonly id: string;
  readonly userId: string;
  readonly orgId?: string | null;
  readonly providerId?: string;
}

/** What is to be changed of which rows. */
export interface Change {
  readonly model: string;
  readonly where: Where[];
  readonly update: Readonly<Record<string, unknown>>;
}

/** What a new row of the library means for its person. */
export async function recordCreated(scope: SystemScope, model: string, created: object): Promise<void> {
  const row = created as ProviderRow; // all three models have these columns
  const { id: subject, userId } = row;
  if (model === 'session') {
    const opening = openingOf({ hasSecondFactor: await hasSecondFactor(scope, userId) });
    await recordAct(scope, { ...opening, userId, subject, orgId: row.orgId ?? null });
  }
  if (model === 'passkey') await recordAct(scope, { operation: 'identity.addPasskey', userId, subject });
  if (model === 'account') {
    const detail = { provider: row.providerId ?? '' };
    await recordAct(scope, { operation: 'identity.addSignInMethod', userId, subject, detail });
  }
}

/** What a change of rows means for their person; called once it is made. */
export async function recordUpdated(adapter: DBAdapter, scope: SystemScope, change: Change): Promise<void> {
  const operation = actOf(change);
  if (operation === null) return;
  const { model, where } = change;
  for (const { id, userId } of await adapter.findMany<ProviderRow>({ model, where }))
    await recordAct(scope, { operation, userId: model === 'user' ? id : userId, subject: id });
}

function actOf({ model, update }: Change): SignInAct | null {
  if (model === 'account' && typeof update.password === 'string')
    return currentPath() === '/reset-password' ? 'identity.resetPassword' : 'identity.changePassword';
  if (model === 'twoFactor' && update.backupCodes !== undefined) return 'identity.changeBackupCodes';
  if (model !== 'user') return null;
  if (typeof update.twoFactorEnabled !== 'boolean') return null;
  return update.twoFactorEnabled ? 'identity.enableSecondFactor' : 'identity.disableSecondFactor';
}

const removals: Readonly<Record<string, SignInAct>> = {
  account: 'identity.removeSignInMethod',
  passkey: 'identity.removePasskey',
};

/** What the end of rows means for their person; called before they are gone. */
export async function recordDeleted(
  adapter: DBAdapter,
  scope: SystemScope,
  { model, where }: { readonly model: string; readonly where: Where[] },
): Promise<void> {
  const operation = removals[model];
  if (operation === undefined) return;
  for (const { id, userId } of await adapter.findMany<ProviderRow>({ model, where }))
    await recordAct(scope, { operation, userId, subject: id });
}

/** Sessions that the provider ended; the one that only waited for a second factor was never a sign-in. */
export async function recordEnded(scope: SystemScope, sessions: readonly ProviderRow[]): Promise<void> {
  const path = currentPath();
  if (firstFactorPaths.has(path)) return;
  const operation = path === '/sign-out' ? 'identity.signOut' : 'identity.endSession';
  for (const { id: subject, userId, orgId } of sessions)
    await recordAct(scope, { operation, userId, subject, orgId: orgId ?? null });
}

/** A wrong code of a second factor, as the library counts them. */
export async function recordFailedFactor(
  scope: SystemScope,
  increment: Readonly<Record<string, number>>,
  row: object | null,
): Promise<void> {
  if (row === null || increment.failedVerificationCount === undefined) return;
  const { id: subject, userId } = row as ProviderRow; // the row of a second factor
  await recordAct(scope, { operation: 'identity.failSecondFactor', userId, subject });
}
