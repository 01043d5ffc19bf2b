import type { Session } from '../contract/identity.ts';
import type { ProcedureFlags } from '../contract/procedures.ts';
import { type CallRuntime, call } from './calls.ts';
import { fixedProof } from './credentials.ts';
import { sdkError } from './errors.ts';
import { Guest } from './guest.ts';
import { isIssuedToken } from './held-token.ts';
import type { RepSpheresOptions, Settings } from './options.ts';
import type { SourceParts } from './session-source.ts';

export interface IdentityNeeds {
  readonly options: RepSpheresOptions;
  readonly settings: Settings;
  readonly table: { readonly [path: string]: ProcedureFlags };
  /** Asked when a call is made: guest and session come before the calls they are made of. */
  calls(): CallRuntime;
}

/** A renewal stands between a person and every call; one that takes longer than this has failed. */
const askTimeoutMs = 10_000;
const flags: ProcedureFlags = { kind: 'mutation', public: true };

/** The guest starts and renews itself by ordinary calls, signed with its own token only. Null where there are none. */
export function makeGuest({ options, settings, table, calls }: IdentityNeeds): Guest | null {
  const ask = async (path: string, token: string | null) => {
    const made = await call(
      { ...calls(), credentials: fixedProof(token) },
      { path, flags, input: undefined },
    );
    if (!isIssuedToken(made)) throw sdkError('sdk.unexpected-answer', { path });
    return made;
  };
  if (!settings.guests || !table['identity.startGuest']) return null;
  return new Guest({
    start: () => ask('identity.startGuest', null),
    ...(table['identity.renewToken'] ? { renew: (token: string) => ask('identity.renewToken', token) } : {}),
    ...(options.storage ? { storage: options.storage } : {}),
  });
}

/** How the session is renewed and ended: by calls with one given proof. */
export function sourceParts({ options, settings, calls }: IdentityNeeds): SourceParts {
  return {
    ...{ url: options.url.replace(/\/+$/, ''), fetch: settings.fetch, storage: options.storage },
    ask: async (path, { as, once }) => {
      const runtime = calls();
      const credentials = as === 'cookie' ? fixedProof(null) : runtime.credentials;
      if (as === 'person' && (await credentials.token(false)) === null) return null;
      return call(
        { ...runtime, credentials, timeoutMs: askTimeoutMs },
        {
          ...{ path, flags, input: undefined, withCookie: as === 'cookie' },
          options: once ? { idempotencyKey: null } : {},
        },
      );
    },
  };
}

/** `identity.getSession`, as the person of this client or with a guest's token. */
export async function viewSession(calls: CallRuntime, guestToken: string | null): Promise<Session> {
  const credentials = guestToken === null ? calls.credentials : fixedProof(guestToken);
  const path = 'identity.getSession';
  // As for a public query: where nobody is signed in, no guest is started to ask who is.
  const session = await call(
    { ...calls, credentials },
    { path, flags: { kind: 'query', public: true }, input: undefined },
  );
  if (typeof (session as Partial<Session> | null)?.user?.id !== 'string')
    throw sdkError('sdk.unexpected-answer', { path });
  return session as Session;
}
