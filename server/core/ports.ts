import type { Database } from '../../db/client.ts';
import type { ModelProvider } from '../integrations/ai/port.ts';
import type { EmailSender } from '../integrations/email/port.ts';
import type { RateLimiter } from '../integrations/limits/port.ts';
import type { Payments } from '../integrations/payments/port.ts';
import type { WaitedMail } from '../modules/identity/held-mail.ts';
import type { Identity } from '../modules/identity/identity.ts';
import type { RunService } from '../runs/service.ts';
import type { Cache } from './cache.ts';
import type { Clock } from './clock.ts';
import type { LinkTokens } from './link-tokens.ts';
import type { Logger, OperationMetrics } from './observe.ts';
import type { OrganisationSignals } from './organisation-signals.ts';

/**
 * Everything an operation can reach besides its own code: interfaces only, so `testDeps` can replace each.
 * The composition root (`server/main/deps.ts`) is the only place that knows which adapter stands behind one.
 */
export interface Ports {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: OperationMetrics;
  readonly cache: Cache;
  readonly limiter: RateLimiter;
  readonly models: readonly ModelProvider[];
  readonly runs: RunService;
  readonly identity: Identity;
  readonly email: EmailSender;
  readonly waitedMail: WaitedMail;
  readonly linkTokens: LinkTokens;
  /** Where this backend is reached, without a slash at the end. */
  readonly publicUrl: string;
  /** The page that accepts an invitation's token. */
  readonly invitationPage: string;
  /** How long an erasure can be cancelled before it begins. */
  readonly erasureDelayMs: number;
  readonly organisationSignals: OrganisationSignals;
  /** Null where payments are not configured: then nothing is sold, and everything else works. */
  readonly payments: Payments | null;
  readonly billing: BillingSettings;
}

/** Where billing sends people. */
export interface BillingSettings {
  /** The page of the apps that sells plans; `?tier=` is added. */
  readonly upgradePage: string;
  /** Where a payment may send the browser back to: origins (any path) or whole addresses (that path alone). */
  readonly returnUrls: readonly string[];
}
