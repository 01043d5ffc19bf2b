import { accountKey, addressKey, sessionKey } from '../integrations/limits/address.ts';
import type { LimitDecision, LimitRule, RateLimiter } from '../integrations/limits/port.ts';
import { limitRules } from '../integrations/limits/rules.ts';

interface Attempt {
  /** Under `/api/auth`. */
  readonly path: string;
  readonly address: string;
  /** Whom it is about, as the caller wrote it; null where the path names nobody. */
  readonly email: string | null;
  /** The session that the caller's cookie proves: its password may be guessed at too. */
  readonly session?: string | null;
}

/** Where a proof is tried, and where mail is caused; both by the account named and by address. */
const proofs =
  /^\/(sign-in\/email|(change|verify)-password|two-factor\/.*|passkey\/verify-authentication|reset-password|magic-link\/verify|supabase\/exchange)$/;
const mails =
  /^\/(sign-up\/email|sign-in\/magic-link|request-password-reset|send-verification-email|sign-in\/email)$/;
/** Where nobody in particular gets a challenge, which is a row until it expires. */
const challenges = /^\/passkey\/generate-authenticate-options$/;

/**
 * Counts an attempt before anything is looked up, so that a known account and an unknown one are refused alike.
 * Returns the first decision that refuses; null when all allow.
 */
export async function admitAttempt(limiter: RateLimiter, attempt: Attempt): Promise<LimitDecision | null> {
  for (const { rule, subject } of budgets(attempt)) {
    const decision = await limiter.consume({ rule, subject });
    if (!decision.allowed) return decision;
  }
  return null;
}

function budgets({ path, address, email, session = null }: Attempt): { rule: LimitRule; subject: string }[] {
  const from = addressKey(address);
  const account = email === null ? null : accountKey(email);
  const found: { rule: LimitRule; subject: string }[] = [];
  if (proofs.test(path) || mails.test(path)) found.push({ rule: limitRules.signInAddress, subject: from });
  if (challenges.test(path)) found.push({ rule: limitRules.anonymous, subject: from });
  // From any address: who holds a session of somebody else can change addresses more easily than sessions.
  if (session !== null && proofs.test(path))
    found.push({ rule: limitRules.signInPair, subject: sessionKey(session) });
  if (account === null) return found;
  if (proofs.test(path)) {
    found.push({ rule: limitRules.signInPair, subject: `${account}|${from}` });
    found.push({ rule: limitRules.signInAccount, subject: account });
  } else if (mails.test(path)) {
    found.push({ rule: limitRules.signInMail, subject: account });
  }
  return found;
}
