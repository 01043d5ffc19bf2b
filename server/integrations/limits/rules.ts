import type { Tier } from '../../core/tiers.ts';
import type { LimitRule } from './port.ts';

const MINUTE_MS = 60_000;

/** Every budget of calls, by name. Sources: product decisions (guests), scalability S60 (address floor), ecosystem 2.7. */
export const limitRules = {
  /** Messages of a guest to an agent, counted by guest and by address. */
  guestMessages: { name: 'guest-messages', limit: 10, windowMs: 15 * MINUTE_MS, whenDown: 'postgres' },
  /** New guests by address; a hospital behind one address still gets in. */
  guestStarts: { name: 'guest-starts', limit: 200, windowMs: 15 * MINUTE_MS, whenDown: 'open' },
  /** Organisations a person makes; our own figure. */
  newOrganisations: { name: 'new-organisations', limit: 10, windowMs: 60 * MINUTE_MS, whenDown: 'postgres' },
  /** Calls without any identity, by address. */
  anonymous: { name: 'anonymous', limit: 1000, windowMs: 15 * MINUTE_MS, whenDown: 'open' },
  /** Proofs tried at one account from one address (IPv6 by /64), or in one session. Source: OWASP authentication cheat sheet, rounded. */
  signInPair: { name: 'sign-in-pair', limit: 10, windowMs: 15 * MINUTE_MS, whenDown: 'postgres' },
  /** At one account from all addresses: above what its owner needs, below what guessing needs. */
  signInAccount: { name: 'sign-in-account', limit: 100, windowMs: 15 * MINUTE_MS, whenDown: 'postgres' },
  /** From one address at all accounts; a hospital behind one address still gets in. */
  signInAddress: { name: 'sign-in-address', limit: 300, windowMs: 15 * MINUTE_MS, whenDown: 'postgres' },
  /** Mail that sign-in sends to one address of a person. */
  signInMail: { name: 'sign-in-mail', limit: 5, windowMs: 15 * MINUTE_MS, whenDown: 'postgres' },
  /** What sites and the browsers they send ask of OpenID Connect, by address; a site's server speaks for all its people. Our own figure. */
  siteAddress: { name: 'site-address', limit: 3000, windowMs: 15 * MINUTE_MS, whenDown: 'open' },
  /** Tokens asked for, looked at or given back as one site from one address: who guesses its secret stops no other address. Our own figure. */
  siteClient: { name: 'site-client', limit: 1500, windowMs: 15 * MINUTE_MS, whenDown: 'open' },
  /** Downloads of exports, by address; our own figure. */
  exportDownloads: { name: 'export-downloads', limit: 60, windowMs: 15 * MINUTE_MS, whenDown: 'open' },
  /** Invitations that a person sends, as many as can be open at a time; our own figure. */
  invitations: { name: 'invitations', limit: 100, windowMs: 60 * MINUTE_MS, whenDown: 'postgres' },
  /** Invitations to one e-mail address, of whatever organisation: nobody's mailbox is filled through us. Our own figure. */
  invitationMail: { name: 'invitation-mail', limit: 5, windowMs: 24 * 60 * MINUTE_MS, whenDown: 'postgres' },
  guest: { name: 'guest', limit: 120, windowMs: MINUTE_MS, whenDown: 'open' },
  member: { name: 'member', limit: 600, windowMs: MINUTE_MS, whenDown: 'open' },
  /** A program of an organisation; our own figure, as for a person. */
  apiKey: { name: 'api-key', limit: 600, windowMs: MINUTE_MS, whenDown: 'open' },
} as const satisfies Record<string, LimitRule>;

/** Calls a minute of a whole organisation. Our own figures: a few busy people on the small plans, 500 on the large ones. */
const organisationCallsByTier: Readonly<Record<Tier, number>> = {
  repx0: 1_200,
  repx1: 2_400,
  repx2: 6_000,
  repx3: 15_000,
  repx4: 60_000,
  repx5: 120_000,
};

export function organisationRule(tier: Tier): LimitRule {
  return {
    name: 'organisation',
    limit: organisationCallsByTier[tier],
    windowMs: MINUTE_MS,
    whenDown: 'open',
  };
}

/** Sockets of an organisation that one process holds: as many as it may make calls a second. */
export function organisationSockets(tier: Tier): number {
  return organisationCallsByTier[tier] / 60;
}

/** Units of the call budgets that an operation costs; one where it is not named. */
const weights: Readonly<Record<string, number>> = {
  'conversations.search': 3,
  'conversations.export': 10,
};

export function weightOf(operation: string): number {
  return weights[operation] ?? 1;
}
