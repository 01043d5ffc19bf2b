import type Stripe from 'stripe';
import type { VendorWalk } from '../walk.ts';
import { calling, isMissing } from './call.ts';
import { customerOf, readEvent } from './event.ts';

const PAGE = 100;

/** Walks over the account: all customers, and all that was said since an event. */
export function stripeWalk(load: () => Promise<{ readonly stripe: Stripe }>): VendorWalk {
  return {
    async listCustomers(after) {
      const { stripe } = await load();
      const from = (starting_after: string | null) =>
        calling(() =>
          stripe.customers.list({ limit: PAGE, ...(starting_after === null ? {} : { starting_after }) }),
        );
      // The one to go on after was deleted since, and with it the place in the list.
      const list = await from(after).catch((error) => {
        if (after === null || !isMissing(error)) throw error;
        return from(null);
      });
      const customerIds = list.data.map(({ id }) => id);
      return { customerIds, next: list.has_more ? (customerIds.at(-1) ?? null) : null };
    },
    async latestEvent() {
      const { stripe } = await load();
      const list = await calling(() => stripe.events.list({ limit: 1 }));
      return list.data[0]?.id ?? null;
    },
    async listEvents(after) {
      const { stripe } = await load();
      try {
        // Newest first, and of those after the cursor the ones next to it: the first is where the next page begins.
        const list = await calling(() => stripe.events.list({ ending_before: after, limit: PAGE }));
        const customers = new Set<string>();
        for (const event of list.data) {
          const customer = await customerOf(stripe, readEvent(event));
          if (customer !== null) customers.add(customer);
        }
        return {
          customerIds: [...customers],
          last: list.data[0]?.id ?? after,
          more: list.has_more,
        };
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
  };
}
