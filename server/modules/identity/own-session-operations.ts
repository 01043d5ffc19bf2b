import { type Actor, impersonatorOf, type SessionActor } from '../../core/actor.ts';
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
    needs: 'session:read',
    input: Empty,
    output: OwnSessionList,
  },
  async (call) => {
    const principal = ownerOf(call.actor);
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
    needs: 'session:write',
    input: RevokeSessionInput,
    output: SessionsRevoked,
  },
  async (call, { sessionId }) => {
    const found = await call.ports.identity.endSession(ownerOf(call.actor), sessionId, call);
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
    needs: 'session:write',
    input: Empty,
    output: SessionsRevoked,
  },
  async (call) => ({
    revoked: await call.ports.identity.endOtherSessions(ownerOf(call.actor), call),
  }),
);

/** Whose sessions these are; throws `auth.not-allowed` for who acts in another's name: a program, or our staff. */
function ownerOf(actor: Actor): SessionActor {
  if (impersonatorOf(actor) !== null) throw new Failure('auth.not-allowed');
  return sessionOf(actor);
}
