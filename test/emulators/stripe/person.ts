import { arrive, type Bought, type Buying, complete } from './checkout/complete.ts';
import { expire } from './checkout/session.ts';
import { intentOf } from './invoices/settle.ts';
import { invalid, type StripeFailure } from './kernel/failure.ts';
import type { SubscriptionRow } from './kernel/rows.ts';
import type { World } from './kernel/world.ts';
import { type CardChange, cardChanges } from './payments/cards.ts';
import { finishAction } from './payments/intent.ts';
import { attach } from './payments/method.ts';
import { closeDispute, dispute, failRefund } from './payments/refund.ts';
import { portalOf } from './portal/session.ts';
import { cancelNow } from './subscriptions/cancel.ts';
import { pauseBecause, pauseSubscription } from './subscriptions/pause.ts';
import { updateSubscription } from './subscriptions/update.ts';

/** What a customer does on Stripe's own pages, and what their bank does with their card. No API call makes these happen. */
export class Person {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Buys on a checkout page. */
  completeCheckout(session: string, buying: Buying = {}): Bought {
    return complete(this.#world, this.#world.sessions.get(session), buying);
  }

  /** What was bought on a page to be paid `later` is paid now, or the bank refuses it. */
  paymentComes(session: string, succeeds = true): void {
    arrive(this.#world, this.#world.sessions.get(session), succeeds);
  }

  /** Closes the page for ever, as time would. */
  abandonCheckout(session: string): void {
    expire(this.#world, this.#world.sessions.get(session));
  }

  /** Puts a card on a customer and makes it their default, as the portal does; tells the id of the payment method. */
  useCard(customer: string, card: string): string {
    const method = attach(this.#world, card, customer);
    this.#world.change('customer.updated', this.#world.customers.get(customer), (row) => {
      row.invoice_settings.default_payment_method = method.id;
    });
    for (const row of this.#subscriptionsOf(customer))
      this.#world.change('customer.subscription.updated', row, (held) => {
        held.default_payment_method = null;
      });
    return method.id;
  }

  /** From now on every card of the customer behaves so. */
  cardsBecome(customer: string, behaviour: CardChange): void {
    for (const method of this.#world.paymentMethods.where((row) => row.customer === customer)) {
      const held = this.#world.cards.get(method.id);
      if (held !== undefined) this.#world.cards.set(method.id, { ...held, charge: cardChanges[behaviour] });
    }
  }

  /** Answers the bank's question about the payment of an invoice. */
  authenticate(invoice: string, consents = true): void {
    const intent = intentOf(this.#world, this.#world.invoices.get(invoice));
    if (intent === undefined) throw invalid(`Nothing is to be paid for ${invoice}.`);
    finishAction(this.#world, intent, consents);
  }

  /** Cancels in the portal: in flexible billing this sets `cancel_at`, and leaves `cancel_at_period_end` alone. */
  cancelInPortal(subscription: string, when: 'period-end' | 'now' = 'period-end'): SubscriptionRow {
    const row = this.#inPortal(subscription, 'subscription_cancel');
    if (when === 'now') {
      const { is_default, features } = portalOf(this.#world, row.customer);
      if (!is_default && features.subscription_cancel.mode !== 'immediately') throw notOffered();
      cancelNow(this.#world, row, {});
      return row;
    }
    const classic = row.billing_mode.type === 'classic';
    return updateSubscription(
      this.#world,
      row,
      classic ? { cancel_at_period_end: true } : { cancel_at: 'min_period_end' },
    );
  }

  /** Takes a cancellation back in the portal. */
  renewInPortal(subscription: string): SubscriptionRow {
    return updateSubscription(this.#world, this.#inPortal(subscription, 'subscription_cancel'), {
      cancel_at: '',
    });
  }

  /** Changes the plan in the portal, paid at once. */
  changePlanInPortal(subscription: string, price: string): SubscriptionRow {
    const row = this.#inPortal(subscription, 'subscription_update');
    const id = row.items.data[0]?.id;
    return updateSubscription(this.#world, row, {
      items: [{ ...(id === undefined ? {} : { id }), price }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'pending_if_incomplete',
    });
  }

  /** Pauses in the portal. */
  pauseInPortal(subscription: string): SubscriptionRow {
    return pauseSubscription(this.#world, this.#inPortal(subscription, 'subscription_pause'), {});
  }

  /** Not the person, but Stripe itself pauses a subscription, for one of the reasons that no request leads to. */
  stripePauses(subscription: string, reason: 'first_payment_failure' | 'system'): void {
    pauseBecause(this.#world, this.#world.subscriptions.get(subscription), reason);
  }

  /** Disputes the payment of an invoice at their bank; tells the dispute's id. */
  disputeInvoice(invoice: string): string {
    const intent = intentOf(this.#world, this.#world.invoices.get(invoice));
    return dispute(this.#world, this.#world.charges.get(intent?.latest_charge ?? '', 'charge')).id;
  }

  /** The bank cannot give money back to the card, and returns it. */
  bankReturnsRefund(id: string): void {
    failRefund(this.#world, this.#world.refunds.get(id));
  }

  /** The bank decides a dispute. */
  decideDispute(id: string, outcome: 'won' | 'lost'): void {
    closeDispute(this.#world, this.#world.disputes.get(id), outcome);
  }

  /** A subscription as the portal shows it to its customer, if it offers this there. */
  #inPortal(
    subscription: string,
    feature: 'subscription_cancel' | 'subscription_update' | 'subscription_pause',
  ): SubscriptionRow {
    const row = this.#world.subscriptions.get(subscription);
    if (!portalOf(this.#world, row.customer).features[feature].enabled) throw notOffered();
    return row;
  }

  #subscriptionsOf(customer: string): SubscriptionRow[] {
    return this.#world.subscriptions.where((row) => row.customer === customer);
  }
}

function notOffered(): StripeFailure {
  return invalid('The customer portal does not offer this.');
}
