import { mutation, query, router } from '../../rpc/trpc.ts';
import { listSessions, revokeOtherSessions, revokeSession } from './own-session-operations.ts';
import { getSession, renewToken, signOut } from './session-operations.ts';
import { signInForDevelopment } from './sign-in-for-development.ts';
import { startGuest } from './start-guest.ts';

export const identityRouter = router({
  startGuest: mutation(startGuest),
  signInForDevelopment: mutation(signInForDevelopment),
  getSession: query(getSession),
  renewToken: mutation(renewToken),
  signOut: mutation(signOut),
  listSessions: query(listSessions),
  revokeSession: mutation(revokeSession),
  revokeOtherSessions: mutation(revokeOtherSessions),
});
