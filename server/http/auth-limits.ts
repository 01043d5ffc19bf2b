import { accountKey, addressKey, sessionKey, siteKey } from '../integrations/limits/address.ts';
import type { LimitDecision, LimitRule, RateLimiter } from '../integrations/limits/port.ts';
import { limitRules } from '../integrations/limits/rules.ts';

interface Attempt {
  /** Under `/api/auth`. */
  readonly path: string;
  readonly address: string;
  /** Whom it is about, as the caller wrote it; null where the path names nobody. */
  readonly email: string | null;
  /** The site it is asked as; null where the path names none. */
  readonly client?: string | null;
  /** The session that the caller's cookie proves: its password may be guessed at too. */
  readonly session?: string | null;
}

/** Where a proof is tried, and where mail is caused; both by the account named and by address. */
const proofs =
  /^\/(sign-in\/email|(change|verify)-password|two-factor\/.*|passkey\/verify-authentication|reset-password|magic-link\/verify|verify-email|supabase\/exchange)$/;
/** At `sign-in/email` mail is caused only by the right password: there the provider counts it (`admitMail`), so that guessing does not use it up. */
const mails = /^\/(sign-up\/email|sign-in\/magic-link|request-password-reset|send-verification-email)$/;
/** Where nobody in particular gets a challenge, which is a row until it expires. */
const challenges = /^\/(passkey\/generate-authenticate-options|sign-in\/social|link-social|callback\/.*)$/;
/** Where sites prove themselves, and where they send people. */
const sites = /^\/oauth2\/(token|introspect|revoke)$/;
const siteVisits = /^\/oauth2\/(authorize|userinfo|consent|continue)$/;

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

/** Whether one more mail of sign-in may go to this address. */
export async function admitMail(limiter: RateLimiter, email: string): Promise<boolean> {
  return (await limiter.consume({ rule: limitRules.signInMail, subject: accountKey(email) })).allowed;
}

function budgets(attempt: Attempt): { rule: LimitRule; subject: string }[] {
  const { path, address, email, session = null, client = null } = attempt;
  const from = addressKey(address);
  const account = email === null ? null : accountKey(email);
  const found: { rule: LimitRule; subject: string }[] = [];
  if (proofs.test(path) || mails.test(path)) found.push({ rule: limitRules.signInAddress, subject: from });
  if (challenges.test(path)) found.push({ rule: limitRules.anonymous, subject: from });
  if (sites.test(path) || siteVisits.test(path)) found.push({ rule: limitRules.siteAddress, subject: from });
  if (sites.test(path) && client !== null)
    found.push({ rule: limitRules.siteClient, subject: `${siteKey(client)}|${from}` });
  // From any address: who holds a session of somebody else can change addresses more easily than sessions.
  if (session !== null && proofs.test(path))
    found.push({ rule: limitRules.signInPair, subject: sessionKey(session) });
  if (account === null) return found;
  if (proofs.test(path)) {
    found.push({ rule: limitRules.signInPair, subject: `${account}|${from}` });
    found.push({ rule: limitRules.signInAccount, subject: account });
  }
  if (mails.test(path)) found.push({ rule: limitRules.signInMail, subject: account });
  return found;
}
