import type { AgentCategoryKey } from '../agents.contract.ts';

/** How each group is headed. */
export const categoryTexts: Readonly<Record<AgentCategoryKey, { name: string; description: string }>> = {
  elite_closer: {
    name: 'Elite closers',
    description: 'For the large deal that has to be won: leverage, price, signature.',
  },
  coach: {
    name: 'Coaches',
    description: 'For you at work: confidence, pipeline, discovery, relationships and the daily plan.',
  },
  strategist: {
    name: 'Strategists',
    description: 'For one craft at a time: prospecting, negotiation, procedures, market.',
  },
  specialist: {
    name: 'Specialists',
    description: 'For a clinical conversation at eye level with the people who do the procedure.',
  },
  voice_rep: {
    name: 'Voice partners',
    description: 'For practice out loud: a call with a doctor or a front desk, before the real one.',
  },
  procedure_expert: {
    name: 'Procedure experts',
    description: 'For one procedure each: what it is, how it differs, what to ask.',
  },
};
