import { impersonatorOf } from '../../core/actor.ts';
import { principalOf, sessionOf } from '../../core/authorise.ts';
import { Failure } from '../../core/failure.ts';
import { unscopedOperation } from '../../core/operation.ts';
import { AccessTokenView, Empty, SessionView, SignedOut } from './identity.contract.ts';

/** Who is calling, with rights as they are now. */
export const getSession = unscopedOperation(
  {
    name: 'identity.getSession',
    summary: 'Who you are: user, organisation, tier and scopes.',
    kind: 'query',
    needs: 'authenticated',
    input: Empty,
    output: SessionView,
  },
  async (call) => {
    const principal = principalOf(call.actor);
    const impersonator = impersonatorOf(principal);
    const profile = await call.ports.identity.profile(principal);
    return {
      kind: principal.kind,
      sessionId: principal.kind === 'api-key' ? null : principal.sessionId,
      user: { id: principal.userId, ...profile.user },
      organisation: {
        id: principal.orgId,
        name: profile.organisationName,
        role: principal.kind === 'guest' ? null : principal.role,
      },
      tier: principal.tier,
      app: principal.app,
      scopes: [...principal.scopes],
      impersonation: impersonator === null ? null : { byUserId: impersonator },
      expiresAt: new Date(principal.expiresAt).toISOString(),
    };
  },
);

/** A fresh access token for the session of this call. */
export const renewToken = unscopedOperation(
  {
    name: 'identity.renewToken',
    summary: 'A fresh access token for the same session; call it before the old one ends.',
    kind: 'mutation',
    needs: 'session:write',
    input: Empty,
    output: AccessTokenView,
  },
  async (call) => {
    const token = await call.ports.identity.renew(sessionOf(call.actor));
    if (token === null) throw new Failure('auth.revoked');
    return { accessToken: token.accessToken, expiresAt: new Date(token.expiresAt).toISOString() };
  },
);

/** Ends the session of this call on every process, its sockets included. */
export const signOut = unscopedOperation(
  {
    name: 'identity.signOut',
    summary: 'Ends this session everywhere; its open sockets close.',
    kind: 'mutation',
    needs: 'session:write',
    input: Empty,
    output: SignedOut,
  },
  async (call) => {
    await call.ports.identity.signOut(sessionOf(call.actor), call);
    return { signedOut: true as const };
  },
);
