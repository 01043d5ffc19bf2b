import { agentsRouter } from '../modules/agents/agents.router.ts';
import { apiKeysRouter } from '../modules/api-keys/api-keys.router.ts';
import { auditRouter } from '../modules/audit/audit.router.ts';
import { billingRouter } from '../modules/billing/billing.router.ts';
import { entitlementsRouter } from '../modules/billing/entitlements.router.ts';
import { conversationsRouter } from '../modules/conversations/conversations.router.ts';
import { identityRouter } from '../modules/identity/identity.router.ts';
import { organisationsRouter } from '../modules/organisations/organisations.router.ts';
import { organisationDataRouter, personalDataRouter } from '../modules/personal-data/personal-data.router.ts';
import { runsRouter } from '../modules/runs/runs.router.ts';
import { supportRouter } from '../modules/support/support.router.ts';
import { usageRouter } from '../modules/usage/usage.router.ts';
import { router } from './trpc.ts';

/** The one router tree; every door serves it and the SDK's contract is generated from it. */
export const appRouter = router({
  agents: agentsRouter,
  billing: billingRouter,
  apiKeys: apiKeysRouter,
  audit: auditRouter,
  conversations: conversationsRouter,
  entitlements: entitlementsRouter,
  identity: identityRouter,
  organisationData: organisationDataRouter,
  organisations: organisationsRouter,
  personalData: personalDataRouter,
  runs: runsRouter,
  usage: usageRouter,
  support: supportRouter,
});

export type AppRouter = typeof appRouter;
