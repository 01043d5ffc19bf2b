import { z } from 'zod';
import { proration } from '../subscriptions/params.ts';
import { int, metadata, params, text } from '../wire/params.ts';

const phase = z.strictObject({
  items: z
    .array(z.strictObject({ price: text, quantity: int.optional(), metadata: metadata.optional() }))
    .min(1),
  start_date: z.union([z.literal('now'), int]).optional(),
  end_date: int.optional(),
  duration: z
    .strictObject({ interval: z.enum(['day', 'week', 'month', 'year']), interval_count: int.optional() })
    .optional(),
  metadata: metadata.optional(),
  proration_behavior: proration.optional(),
  discounts: z
    .array(
      z.strictObject({
        coupon: text.optional(),
        discount: text.optional(),
        promotion_code: text.optional(),
      }),
    )
    .optional(),
  trial_end: int.optional(),
});
const endBehavior = z.enum(['release', 'cancel']).optional();

export const CreateSchedule = params({
  from_subscription: text.optional(),
  end_behavior: endBehavior,
  metadata: metadata.optional(),
});
export const UpdateSchedule = params({
  end_behavior: endBehavior,
  metadata: metadata.optional(),
  phases: z.array(phase).min(1).optional(),
  proration_behavior: proration.optional(),
});
export type PhaseInput = z.output<typeof phase>;
