import { z } from 'zod';
import { listSessions } from '../../modules/identity/own-session-operations.ts';
import type { PagesOptions, Person } from './options.ts';
import { callProvider, contentOf, type PageCaller } from './page-call.ts';

const Passkeys = z.array(
  z.object({ id: z.string(), name: z.string().nullish(), createdAt: z.string().nullish() }),
);
const Accounts = z.array(z.object({ providerId: z.string() }));
const Current = z.object({ user: z.object({ twoFactorEnabled: z.boolean().nullish() }) });

/** What a person sees of their own account: how they prove who they are, and where they are signed in. */
export interface Account {
  readonly person: Person;
  readonly hasPassword: boolean;
  readonly hasSecondFactor: boolean;
  /** Whether the sign-in is recent enough to add a passkey. */
  readonly isFresh: boolean;
  readonly passkeys: readonly z.output<typeof Passkeys>[number][];
  readonly sessions: Awaited<ReturnType<typeof sessionsOf>>;
}

/** The account of the person at the page; null when nobody is signed in. */
export async function accountOf(options: PagesOptions, caller: PageCaller): Promise<Account | null> {
  const person = await options.person(caller.cookie);
  if (person === null) return null;
  const read = async <S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> => {
    return contentOf(await callProvider(options.auth, caller, path, null), schema);
  };
  const [current, accounts, passkeys, sessions] = await Promise.all([
    read('/get-session', Current),
    read('/list-accounts', Accounts),
    read('/passkey/list-user-passkeys', Passkeys),
    sessionsOf(options, caller),
  ]);
  const since = Date.parse(sessions.find(({ current }) => current)?.createdAt ?? '');
  return {
    person,
    hasPassword: accounts.some(({ providerId }) => providerId === 'credential'),
    hasSecondFactor: current.user.twoFactorEnabled === true,
    isFresh: Date.now() - since < options.sessionFreshMs,
    passkeys,
    sessions,
  };
}

async function sessionsOf(options: PagesOptions, caller: PageCaller) {
  return (await options.run(listSessions, caller, {})).items;
}
