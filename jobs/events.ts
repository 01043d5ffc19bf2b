import { eventType } from 'inngest';
import { z } from 'zod';

/** A run of an agent ended with a stored answer. Sent by the operation that ends it; id `run.completed:<runId>`. */
export const RunCompleted = z.object({
  orgId: z.string(),
  conversationId: z.string(),
  runId: z.string(),
});
export type RunCompleted = z.infer<typeof RunCompleted>;

/** The events durable functions know, `module/noun.past-tense`. The only list; an effect's `name` is one of these. */
export const jobEvents = {
  runCompleted: eventType('conversations/run.completed', { schema: RunCompleted }),
} as const;
