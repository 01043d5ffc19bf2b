import { z } from 'zod';
import { PriceData } from '../catalog/price.ts';
import { bool, instant, int, listParams, metadata, orUnset, params, text } from '../wire/params.ts';

const discounts = orUnset(
  z.array(
    z.strictObject({ coupon: text.optional(), promotion_code: text.optional(), discount: text.optional() }),
  ),
);
export const ItemInput = z.strictObject({
  id: text.optional(),
  price: text.optional(),
  price_data: PriceData.extend({ product: text }).optional(),
  quantity: int.pipe(z.number().min(0)).optional(),
  deleted: bool.optional(),
  clear_usage: bool.optional(),
  metadata: metadata.optional(),
});
const billingMode = z.strictObject({
  type: z.enum(['classic', 'flexible']),
  flexible: z.strictObject({ proration_discounts: z.enum(['included']).optional() }).optional(),
});
const paymentSettings = z.strictObject({
  payment_method_types: z.array(text).optional(),
  save_default_payment_method: z.enum(['off', 'on_subscription']).optional(),
});
const trialSettings = z.strictObject({
  end_behavior: z.strictObject({ missing_payment_method: z.enum(['cancel', 'create_invoice', 'pause']) }),
});
export const proration = z.enum(['create_prorations', 'always_invoice', 'none']);

const common = {
  cancel_at: orUnset(z.union([int, z.enum(['min_period_end', 'max_period_end'])])).optional(),
  cancel_at_period_end: bool.optional(),
  collection_method: z.enum(['charge_automatically', 'send_invoice']).optional(),
  days_until_due: int.optional(),
  default_payment_method: text.optional(),
  description: orUnset(text).optional(),
  discounts: discounts.optional(),
  items: z.array(ItemInput).max(20).optional(),
  metadata: metadata.optional(),
  off_session: bool.optional(),
  payment_settings: paymentSettings.optional(),
  proration_behavior: proration.optional(),
  trial_end: instant.optional(),
  trial_from_plan: bool.optional(),
  trial_settings: trialSettings.optional(),
};

export const CreateSubscription = params({
  ...common,
  backdate_start_date: int.optional(),
  billing_cycle_anchor: int.optional(),
  billing_mode: billingMode.optional(),
  currency: text.optional(),
  customer: text,
  payment_behavior: z.enum(['allow_incomplete', 'default_incomplete', 'error_if_incomplete']).optional(),
  trial_period_days: int.optional(),
});
export const UpdateSubscription = params({
  ...common,
  billing_cycle_anchor: z.enum(['now', 'unchanged']).optional(),
  cancellation_details: z
    .strictObject({ comment: orUnset(text).optional(), feedback: orUnset(text).optional() })
    .optional(),
  pause_collection: orUnset(
    z.strictObject({
      behavior: z.enum(['keep_as_draft', 'mark_uncollectible', 'void']),
      resumes_at: int.optional(),
    }),
  ).optional(),
  payment_behavior: z
    .enum(['allow_incomplete', 'default_incomplete', 'error_if_incomplete', 'pending_if_incomplete'])
    .optional(),
  proration_date: int.optional(),
});
export const CancelSubscription = params({
  cancellation_details: UpdateSubscription.shape.cancellation_details,
  invoice_now: bool.optional(),
  prorate: bool.optional(),
});
export const ListSubscriptions = listParams({
  collection_method: text.optional(),
  customer: text.optional(),
  price: text.optional(),
  status: z
    .enum([
      'active',
      'all',
      'canceled',
      'ended',
      'incomplete',
      'incomplete_expired',
      'past_due',
      'paused',
      'trialing',
      'unpaid',
    ])
    .optional(),
  test_clock: text.optional(),
});

export type SubscriptionCreate = z.output<typeof CreateSubscription>;
export type SubscriptionUpdate = z.output<typeof UpdateSubscription>;
export type ItemChange = z.output<typeof ItemInput>;
