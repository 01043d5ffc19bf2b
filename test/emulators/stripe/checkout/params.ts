import { z } from 'zod';
import { PriceData } from '../catalog/price.ts';
import { CreateSubscription } from '../subscriptions/params.ts';
import { bool, int, metadata, params, text } from '../wire/params.ts';

const link = z
  .string()
  .regex(/^https?:\/\//, 'Not a valid URL')
  .max(5000);
const subscription = CreateSubscription.shape;

export const CreateSession = params({
  allow_promotion_codes: bool.optional(),
  automatic_tax: z.strictObject({ enabled: bool }).optional(),
  billing_address_collection: z.enum(['auto', 'required']).optional(),
  cancel_url: link.optional(),
  client_reference_id: z.string().max(200).optional(),
  currency: text.optional(),
  customer: text.optional(),
  customer_email: text.optional(),
  customer_creation: z.enum(['always', 'if_required']).optional(),
  customer_update: z.record(z.string(), z.enum(['auto', 'never'])).optional(),
  discounts: z.array(z.strictObject({ coupon: text.optional(), promotion_code: text.optional() })).optional(),
  expires_at: int.optional(),
  line_items: z
    .array(
      z.strictObject({
        price: text.optional(),
        price_data: PriceData.extend({
          product: text.optional(),
          product_data: z.strictObject({ name: text, metadata: metadata.optional() }).optional(),
        }).optional(),
        quantity: int.optional(),
        adjustable_quantity: z
          .strictObject({ enabled: bool, minimum: int.optional(), maximum: int.optional() })
          .optional(),
      }),
    )
    .min(1)
    .max(20),
  locale: text.optional(),
  metadata: metadata.optional(),
  mode: z.enum(['subscription', 'payment']),
  payment_intent_data: z
    .strictObject({ metadata: metadata.optional(), description: text.optional() })
    .optional(),
  payment_method_collection: z.enum(['always', 'if_required']).optional(),
  payment_method_types: z.array(text).optional(),
  subscription_data: z
    .strictObject({
      billing_mode: subscription.billing_mode,
      description: text.optional(),
      metadata: metadata.optional(),
      trial_end: int.optional(),
      trial_period_days: int.optional(),
      trial_settings: subscription.trial_settings,
    })
    .optional(),
  success_url: link,
  tax_id_collection: z.strictObject({ enabled: bool }).optional(),
  ui_mode: z.enum(['hosted_page']).optional(),
});

export type SessionCreate = z.output<typeof CreateSession>;
