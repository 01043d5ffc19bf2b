import type { Session } from '../contract/identity.ts';
import { Credentials } from './credentials.ts';
import type { RepSpheresError } from './errors.ts';
import type { Guest } from './guest.ts';
import type { RepSpheresOptions } from './options.ts';
import { isBrowser } from './page.ts';
import { PersonToken } from './person-token.ts';
import { SessionState } from './session.ts';
import {
  appSession,
  cookieSession,
  type RedirectSource,
  type SessionSource,
  type SourceParts,
} from './session-source.ts';
import type { RedirectSession } from './session-types.ts';
import { noTabs, openTabs } from './tabs.ts';

export interface SessionNeeds {
  readonly options: RepSpheresOptions;
  readonly source: SourceParts;
  readonly guest: Guest | null;
  view(guestToken: string | null): Promise<Session>;
  endStreams(error: RepSpheresError): void;
  reconnect(): void;
}

/** The session of a client and the credentials made from it. */
export function openSession({ options, source, guest, view, endStreams, reconnect }: SessionNeeds): {
  readonly credentials: Credentials;
  readonly state: SessionState;
} {
  const kept = keptSession(options, source);
  const onUnauthorized = (error: RepSpheresError) => options.onUnauthorized?.(error);
  const { name } = kept ?? { name: 'app' };
  const tabs =
    (options.acrossTabs ?? isBrowser())
      ? openTabs(`repspheres ${name} ${options.app} ${options.url}`, (message) => state.hear(message))
      : noTabs;
  const person =
    kept &&
    new PersonToken({
      issue: () => kept.issue(),
      tabs,
      onToken: (by) => state.onToken(by),
      onGone: () => state.onGone(),
    });
  const credentials = new Credentials({
    ask: person
      ? ({ forceRefresh, refused }) => (forceRefresh ? person.renew(refused) : person.token())
      : (options.getAccessToken ?? (() => null)),
    guest,
    keepsSession: person !== null,
    mayBeGuest: () => person?.mayBeGuest ?? true,
    onUnauthorized,
    onEnded: (error) => state.onEnded(error),
  });
  const state = new SessionState({
    source: kept ?? appSession(source),
    ...{ credentials, guest, person, tabs, onUnauthorized, view, endStreams, reconnect },
  });
  return { credentials, state };
}

/** The session this client keeps itself; null where the app does, or nobody signs in. */
function keptSession(options: RepSpheresOptions, parts: SourceParts): SessionSource | null {
  if (options.getAccessToken) return null;
  const wish = options.session ?? (isBrowser() ? 'cookie' : 'none');
  if (wish === 'none') return null;
  return wish === 'cookie' ? cookieSession(parts) : opened(wish).open(parts);
}

/** `redirectSession` is the only maker of these. */
function opened(session: RedirectSession): RedirectSource {
  return session as RedirectSource;
}
