import { models, retirementOf } from '../../server/integrations/ai/models.ts';

/** Whether the vendor serves this model id on a day: ours, and retired ones until their day. */
export function isServed(provider: 'openai' | 'anthropic', id: string, now: Date): boolean {
  if (models.some((model) => model.provider === provider && model.id === id)) return true;
  const retirement = retirementOf(id);
  return retirement !== undefined && now < new Date(retirement.retiresOn);
}
