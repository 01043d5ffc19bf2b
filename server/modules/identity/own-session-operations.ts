import { sessionOf } from '../../core/authorise.ts';
import { Failure } from '../../core/failure.ts';
import { unscopedOperation } from '../../core/operation.ts';
import { Empty, OwnSessionList, RevokeSessionInput, SessionsRevoked } from './identity.contract.ts';

/** Where the person is signed in. */
export const listSessions = unscopedOperation(
  {
    name: 'identity.listSessions',
    summary: 'Where you are signed in, the latest first; at most 100.',
    kind: 'query',
    needs: 'sign-in:read',
    input: Empty,
    output: OwnSessionList,
  },
  async (call) => {
    const principal = sessionOf(call.actor);
    const found = await call.ports.identity.listSessions(principal);
    return {
      items: found.map(({ createdAt, expiresAt, ...session }) => ({
        ...session,
        current: session.id === principal.sessionId,
        createdAt: createdAt.toISOString(),
        expiresAt: expiresAt.toISOString(),
      })),
    };
  },
);

/** Ends one of the person's sessions on every process, its sockets included. */
export const revokeSession = unscopedOperation(
  {
    name: 'identity.revokeSession',
    summary: 'Signs one of your sessions out; its open sockets close.',
    kind: 'mutation',
    needs: 'sign-in:write',
    input: RevokeSessionInput,
    output: SessionsRevoked,
  },
  async (call, { sessionId }) => {
    const found = await call.ports.identity.endSession(sessionOf(call.actor), sessionId, call);
    if (!found) throw new Failure('auth.session-not-found');
    return { revoked: 1 };
  },
);

/** Ends every other session of the person. */
export const revokeOtherSessions = unscopedOperation(
  {
    name: 'identity.revokeOtherSessions',
    summary: 'Signs you out everywhere but here.',
    kind: 'mutation',
    needs: 'sign-in:write',
    input: Empty,
    output: SessionsRevoked,
  },
  async (call) => ({
    revoked: await call.ports.identity.endOtherSessions(sessionOf(call.actor), call),
  }),
);
