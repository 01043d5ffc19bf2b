import { tryGetCurrentAuthEndpointContext } from '@better-auth/core/context';
import { firstOrganisationOf } from '../../../db/queries/accounts.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { type AppId, appIds } from '../../core/apps.ts';
import { recordSystemAudit } from '../../core/audit.ts';
import type { SignInAct } from '../../core/audit-classes.ts';
import { newId } from '../../core/ids.ts';

/** How a session was opened, by the endpoint that opened it. */
const methods: Readonly<Record<string, string>> = {
  '/sign-in/email': 'password',
  '/verify-email': 'email-verification',
  '/magic-link/verify': 'magic-link',
  '/two-factor/verify-totp': 'totp',
  '/two-factor/verify-backup-code': 'backup-code',
  '/passkey/verify-authentication': 'passkey',
  '/callback/:id': 'social',
};

/** Endpoints that prove one factor only: a password, or the mailbox that a link was sent to. */
export const firstFactorPaths: ReadonlySet<string> = new Set([
  '/sign-in/email',
  '/verify-email',
  '/magic-link/verify',
]);

/** An act of the provider on a person's sign-in: of a session, or of what proves who they are. */
export interface ProviderAct {
  readonly operation: SignInAct | 'identity.signOut';
  readonly userId: string;
  readonly subject: string;
  /** Default: the organisation that the person joined first. */
  readonly orgId?: string | null;
  readonly detail?: Readonly<Record<string, string>>;
}

/** Writes the chained row of an act, in the transaction of the act. A person who belongs to no organisation has no chain. */
export async function recordAct(scope: SystemScope, act: ProviderAct): Promise<void> {
  const orgId = act.orgId ?? (await firstOrganisationOf(scope, act.userId));
  if (orgId === null) return;
  const { operation, userId, subject, detail } = act;
  const row = { orgId, operation, subject, detail: { userId, by: currentPath(), ...detail } };
  await recordSystemAudit(scope, { name: 'identity', ...origin() }, row);
}

/** The endpoint that is at work, as the library names it; empty outside of a request. */
export function currentPath(): string {
  return tryGetCurrentAuthEndpointContext()?.path ?? '';
}

/** What the opening of a session is: the end of a sign-in, half of one, or a new session in place of the caller's. */
export function openingOf(person: {
  readonly hasSecondFactor: boolean;
}): Pick<ProviderAct, 'operation' | 'detail'> {
  const path = currentPath();
  const isSignedIn = Boolean(tryGetCurrentAuthEndpointContext()?.context.session);
  const detail = { method: methods[path] ?? path };
  if (isSignedIn) return { operation: 'identity.replaceSession', detail };
  // The library stores a session for the first factor, and takes it back until the code is right.
  if (firstFactorPaths.has(path) && person.hasSecondFactor)
    return { operation: 'identity.passFirstFactor', detail };
  return { operation: 'identity.signIn', detail };
}

/** The app a caller says it is. */
export function namedApp(headers: Headers | undefined): AppId {
  const named = headers?.get('x-repspheres-app');
  return appIds.find((app) => app === named) ?? 'global';
}

function origin() {
  const headers = tryGetCurrentAuthEndpointContext()?.headers;
  const requestId = headers?.get('x-repspheres-request') ?? newId('request');
  return { app: namedApp(headers), requestId };
}
