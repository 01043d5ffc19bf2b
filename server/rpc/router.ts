import { agentsRouter } from '../modules/agents/agents.router.ts';
import { conversationsRouter } from '../modules/conversations/conversations.router.ts';
import { identityRouter } from '../modules/identity/identity.router.ts';
import { organisationsRouter } from '../modules/organisations/organisations.router.ts';
import { runsRouter } from '../modules/runs/runs.router.ts';
import { router } from './trpc.ts';

/** The one router tree; every door serves it and the SDK's contract is generated from it. */
export const appRouter = router({
  agents: agentsRouter,
  conversations: conversationsRouter,
  identity: identityRouter,
  organisations: organisationsRouter,
  runs: runsRouter,
});

export type AppRouter = typeof appRouter;
