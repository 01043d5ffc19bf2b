import type { Session } from '../contract/identity.ts';
import type { Credentials } from './credentials.ts';
import type { RepSpheresError } from './errors.ts';
import type { Guest } from './guest.ts';
import type { PersonToken } from './person-token.ts';
import { type SessionSource, unlessNobody } from './session-source.ts';
import type { CurrentSession } from './session-types.ts';
import type { Tabs } from './tabs.ts';

export interface SessionParts {
  readonly source: SessionSource;
  readonly credentials: Credentials;
  readonly guest: Guest | null;
  /** Null where the app keeps the token. */
  readonly person: PersonToken | null;
  readonly tabs: Tabs;
  onUnauthorized(error: RepSpheresError): void;
  /** `identity.getSession`, as the person or with this guest's token. */
  view(guestToken: string | null): Promise<Session>;
  endStreams(error: RepSpheresError): void;
  reconnect(): void;
}

/** Who the client acts as now: the person, else the guest it already is. Rejects when that cannot be known. */
export async function readSession(parts: SessionParts): Promise<CurrentSession | null> {
  const { credentials, guest, person, view } = parts;
  const token = await credentials.token(false);
  const guestToken = token === null && (person?.mayBeGuest ?? true) ? await guest?.heldToken() : null;
  if (token === null && !guestToken) return null;
  const session = await unlessNobody(() => view(guestToken ?? null));
  return session && { ...session, accessToken: guestToken ?? credentials.newest ?? '' };
}
