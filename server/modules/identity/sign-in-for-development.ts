import { Failure } from '../../core/failure.ts';
import { unscopedOperation } from '../../core/operation.ts';
import { AccessTokenView, SignInForDevelopmentInput } from './identity.contract.ts';

/** Signs in a seeded account by its e-mail alone. Refused unless the server is configured for development. */
export const signInForDevelopment = unscopedOperation(
  {
    name: 'identity.signInForDevelopment',
    summary: 'Signs in one of the seeded accounts; only on a development server.',
    kind: 'mutation',
    needs: 'public',
    input: SignInForDevelopmentInput,
    output: AccessTokenView,
  },
  async (call, input) => {
    const { identity } = call.ports;
    if (!identity.developmentSignIn) throw new Failure('auth.not-allowed');
    const origin = { app: input.app ?? call.app, requestId: call.requestId };
    const session = await identity.openSession(input.email.toLowerCase(), origin);
    if (session === null) throw new Failure('auth.unknown-account');
    return { accessToken: session.accessToken, expiresAt: new Date(session.expiresAt).toISOString() };
  },
);
