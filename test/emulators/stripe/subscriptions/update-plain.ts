import { redeem } from '../catalog/discount.ts';
import { invalid } from '../kernel/failure.ts';
import type { SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { mergeMetadata } from '../wire/params.ts';
import { cancelAtOf } from './cancel-at.ts';
import type { SubscriptionUpdate } from './params.ts';

/** Sets what changes no money by itself. */
export function assignPlain(world: World, row: SubscriptionRow, input: SubscriptionUpdate): void {
  Object.assign(row, cancelAtOf(row, input, world.timeOf(row).now));
  row.metadata = mergeMetadata(row.metadata, input.metadata);
  row.collection_method = input.collection_method ?? row.collection_method;
  row.days_until_due = input.days_until_due ?? row.days_until_due;
  if (input.description !== undefined) row.description = input.description || null;
  if (input.default_payment_method !== undefined)
    row.default_payment_method = world.paymentMethods.get(
      input.default_payment_method,
      'default_payment_method',
    ).id;
  if (input.pause_collection !== undefined)
    row.pause_collection =
      input.pause_collection === ''
        ? null
        : {
            behavior: input.pause_collection.behavior,
            resumes_at: input.pause_collection.resumes_at ?? null,
          };
  if (input.trial_settings !== undefined && row.trial_settings !== null)
    row.trial_settings.end_behavior.missing_payment_method =
      input.trial_settings.end_behavior.missing_payment_method;
  if (input.discounts !== undefined) row.discounts = redeem(world, row, input.discounts || []);
  assignReason(row, input);
  const wish = row.cancel_at !== null ? 'cancellation_requested' : null;
  if (row.cancellation_details !== null)
    row.cancellation_details = { ...row.cancellation_details, reason: wish };
}

function assignReason(row: SubscriptionRow, { cancellation_details: given }: SubscriptionUpdate): void {
  if (given === undefined || row.cancellation_details === null) return;
  const { comment, feedback } = given;
  row.cancellation_details = {
    ...row.cancellation_details,
    comment: comment === undefined ? row.cancellation_details.comment : comment || null,
    feedback: feedback === undefined ? row.cancellation_details.feedback : feedback || null,
  };
}

/** An ended subscription takes only metadata and the reasons of its end. */
export function refuseEnded(world: World, row: SubscriptionRow, input: SubscriptionUpdate): SubscriptionRow {
  const { metadata, cancellation_details: _, ...rest } = input;
  if (Object.keys(rest).some((key) => key !== 'expand'))
    throw invalid('A canceled subscription can only update its cancellation_details and metadata.');
  return world.change('customer.subscription.updated', row, () => {
    row.metadata = mergeMetadata(row.metadata, metadata);
    assignReason(row, input);
  });
}
