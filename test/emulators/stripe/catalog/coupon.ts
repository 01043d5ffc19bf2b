import type Stripe from 'stripe';
import { z } from 'zod';
import { invalid } from '../kernel/failure.ts';
import type { World } from '../kernel/world.ts';
import { page } from '../wire/page.ts';
import { bool, decimal, int, listParams, mergeMetadata, metadata, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';

const Create = params({
  amount_off: int.optional(),
  currency: text.optional(),
  duration: z.enum(['once', 'repeating', 'forever']).optional(),
  duration_in_months: int.optional(),
  id: text.optional(),
  max_redemptions: int.optional(),
  metadata: metadata.optional(),
  name: z.string().max(40).optional(),
  percent_off: decimal.transform(Number).pipe(z.number().gt(0).max(100)).optional(),
  redeem_by: int.optional(),
});

function createCoupon(world: World, input: z.output<typeof Create>): Stripe.Coupon {
  if ((input.amount_off === undefined) === (input.percent_off === undefined))
    throw invalid('You must pass exactly one of percent_off or amount_off.');
  if ((input.duration === 'repeating') !== (input.duration_in_months !== undefined))
    throw invalid('You must pass duration_in_months when, and only when, duration is repeating.', {
      param: 'duration_in_months',
    });
  const row = world.coupons.add({
    id: input.id ?? world.ids.text(8),
    object: 'coupon',
    amount_off: input.amount_off ?? null,
    created: world.time.now,
    currency: input.amount_off === undefined ? null : (input.currency ?? 'usd'),
    duration: input.duration ?? 'once',
    duration_in_months: input.duration_in_months ?? null,
    livemode: false,
    max_redemptions: input.max_redemptions ?? null,
    metadata: mergeMetadata({}, input.metadata),
    name: input.name ?? null,
    percent_off: input.percent_off ?? null,
    redeem_by: input.redeem_by ?? null,
    times_redeemed: 0,
    valid: true,
  } satisfies Stripe.Coupon);
  world.emit('coupon.created', row);
  return row;
}

const CreateCode = params({
  active: bool.optional(),
  code: text.optional(),
  customer: text.optional(),
  expires_at: int.optional(),
  max_redemptions: int.optional(),
  metadata: metadata.optional(),
  promotion: z.strictObject({ type: z.literal('coupon'), coupon: text }),
});

function createCode(world: World, input: z.output<typeof CreateCode>): Stripe.PromotionCode {
  const coupon = world.coupons.get(input.promotion.coupon, 'promotion[coupon]');
  const row = world.promotionCodes.add({
    id: world.ids.next('promo'),
    object: 'promotion_code',
    active: input.active ?? true,
    code: input.code ?? world.ids.text(8).toUpperCase(),
    created: world.time.now,
    customer: input.customer ?? null,
    customer_account: null,
    expires_at: input.expires_at ?? null,
    livemode: false,
    max_redemptions: input.max_redemptions ?? null,
    metadata: mergeMetadata({}, input.metadata),
    promotion: { type: 'coupon', coupon: coupon.id },
    restrictions: { first_time_transaction: false, minimum_amount: null, minimum_amount_currency: null },
    times_redeemed: 0,
  } satisfies Stripe.PromotionCode);
  world.emit('promotion_code.created', row);
  return row;
}

export const couponRoutes = [
  route('POST /v1/coupons', Create, createCoupon),
  route('GET /v1/coupons', listParams({}), (world, input) => page('/v1/coupons', world.coupons.all, input)),
  route('GET /v1/coupons/:id', params({}), (world, _, [id]) => world.coupons.get(id)),
  route('DELETE /v1/coupons/:id', params({}), (world, _, [id]) => {
    const row = world.coupons.get(id);
    world.coupons.remove(id);
    world.deletedCoupons.add(row);
    world.emit('coupon.deleted', row);
    return { id, object: 'coupon', deleted: true } satisfies Stripe.DeletedCoupon;
  }),
  route('POST /v1/promotion_codes', CreateCode, createCode),
  route('GET /v1/promotion_codes', listParams({ code: text.optional() }), (world, input) =>
    page(
      '/v1/promotion_codes',
      world.promotionCodes.where((row) => row.code === (input.code ?? row.code)),
      input,
    ),
  ),
  route('GET /v1/promotion_codes/:id', params({}), (world, _, [id]) => world.promotionCodes.get(id)),
];
