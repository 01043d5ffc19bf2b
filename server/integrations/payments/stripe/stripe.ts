import { randomUUID } from 'node:crypto';
import type { Stripe } from 'stripe';
import type { Pace } from '../pace.ts';
import type { PaidInvoice, Payments } from '../port.ts';
import { ATTEMPT_TIMEOUT_MS, calling, isMissing, listAll, underKey } from './call.ts';
import { expireCheckout, openCheckout, readCheckout, toCheckoutState } from './checkout.ts';
import { customerOf, openStripeEvent } from './event.ts';
import { stripeMetering } from './metering.ts';
import {
  cancelAtPeriodEnd,
  keepSubscription,
  type Moving,
  moveAtPeriodEnd,
  moveNow,
  previewMove,
} from './moves.ts';
import { pacedClient } from './paced-client.ts';
import { keepsItsPeriod } from './paid-time.ts';
import type { PriceList } from './price-list.ts';
import {
  isSettled,
  latestInvoiceOf,
  ourMetadata,
  type SnapshotFacts,
  snapshotExpand,
  toSnapshot,
} from './snapshot.ts';
import { stripeWalk } from './walk.ts';

export interface StripeOptions {
  readonly secretKey: string;
  readonly webhookSecrets: readonly string[];
  readonly prices: PriceList;
  /** The configuration of the customer portal; the account's default where there is none. */
  readonly portal?: string | null;
  /** Another host than Stripe's, for the emulator and proxies. */
  readonly baseUrl: string | null;
  /** In place of the SDK's own; for the emulator without sockets. */
  readonly httpClient?: Stripe.HttpClient;
  /** What every request waits for. */
  readonly pace?: Pace;
}

/** Stripe. The SDK is loaded with the first call; it never retries, we do. */
export function stripePayments(options: StripeOptions): Payments {
  let loaded: Promise<Moving> | undefined;
  const load = () => {
    loaded ??= loadStripe(options);
    return loaded;
  };
  return {
    livemode: options.secretKey.includes('_live_'),
    paced: (pace) => stripePayments({ ...options, pace }),
    ...customersOf(load, options.portal ?? null),
    metering: stripeMetering(load),
    walk: stripeWalk(load),
    openCheckout: async (order) => openCheckout(await load(), order),
    readCheckout: async (sessionId) => readCheckout(await load(), sessionId),
    expireCheckout: async (sessionId) => expireCheckout(await load(), sessionId),
    async listAddOnCheckouts(customer) {
      const { stripe } = await load();
      const sessions = await listAll((page) =>
        stripe.checkout.sessions.list({ customer, status: 'complete', ...page }),
      );
      return sessions.map(toCheckoutState).filter(({ addOn, paid }) => addOn !== null && paid);
    },
    async listSubscriptions(customer, settled = new Map()) {
      const { stripe, prices } = await load();
      const list = await allSubscriptions(stripe, customer);
      const snapshots = [];
      for (const subscription of list) {
        const known = settled.get(subscription.id) ?? null;
        const facts = isSettled(subscription, known)
          ? { settled: known }
          : await paymentFacts(stripe, subscription);
        snapshots.push(toSnapshot(subscription, { prices, ...facts }));
      }
      return snapshots;
    },
    previewMove: async (move) => previewMove(await load(), move),
    moveNow: async (move, key) => moveNow(await load(), move, key),
    moveAtPeriodEnd: async (move, key) => moveAtPeriodEnd(await load(), move, key),
    cancelAtPeriodEnd: async (subscription, key) => cancelAtPeriodEnd(await load(), subscription, key),
    keep: async (subscription, key) => {
      const moving = await load();
      return underKey(key, (one) => keepSubscription(moving, subscription, one));
    },
    async cancelNow(id, { credits }) {
      const { stripe } = await load();
      const terms = credits ? { prorate: true, invoice_now: true } : {};
      try {
        await calling(() => stripe.subscriptions.cancel(id, terms));
      } catch (error) {
        if (!(await hasEnded(stripe, id))) throw error;
      }
    },
    async openEvent(body, signature) {
      const { stripe } = await load();
      return openStripeEvent({ stripe, secrets: options.webhookSecrets }, body, signature);
    },
    customerOf: async (event) => customerOf((await load()).stripe, event),
  };
}

/** None of a customer that is not there, or not any more. */
async function allSubscriptions(stripe: Stripe, customer: string): Promise<Stripe.Subscription[]> {
  try {
    return await listAll((page) =>
      stripe.subscriptions.list({ customer, status: 'all', expand: snapshotExpand, ...page }),
    );
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Whether a subscription is there no more, or only as one that has ended. */
async function hasEnded(stripe: Stripe, id: string): Promise<boolean> {
  try {
    const { status } = await calling(() => stripe.subscriptions.retrieve(id));
    return status === 'canceled' || status === 'incomplete_expired';
  } catch (error) {
    if (isMissing(error)) return true;
    throw error;
  }
}

async function paymentFacts(
  stripe: Stripe,
  subscription: Stripe.Subscription,
): Promise<Omit<SnapshotFacts, 'prices'>> {
  const { status, id } = subscription;
  return {
    owed: status === 'past_due' || status === 'unpaid' ? await listOpenInvoices(stripe, id) : [],
    isPeriodKept: await keepsItsPeriod(stripe, subscription),
    lastPaid: status === 'unpaid' || status === 'canceled' ? await lastPaidOf(stripe, subscription) : null,
  };
}

/** A credit is settled like a payment, and is none. */
const isMoney = ({ status, total }: Stripe.Invoice) => status === 'paid' && total > 0;

async function lastPaidOf(stripe: Stripe, subscription: Stripe.Subscription): Promise<Stripe.Invoice | null> {
  const latest = latestInvoiceOf(subscription);
  if (latest !== null && isMoney(latest)) return latest;
  const paid = await listAll((page) =>
    stripe.invoices.list({ subscription: subscription.id, status: 'paid', ...page }),
  );
  return paid.find(isMoney) ?? null;
}

/** All that a subscription owes: its status speaks of the latest invoice alone, and a late one may be older. */
function listOpenInvoices(stripe: Stripe, subscription: string): Promise<Stripe.Invoice[]> {
  return listAll((page) => stripe.invoices.list({ subscription, status: 'open', ...page }));
}

/** The SDK's client as every call of ours wants it. */
export async function loadStripe(options: StripeOptions): Promise<Moving> {
  const { secretKey, baseUrl, prices, pace } = options;
  const { Stripe: Client } = await import('stripe');
  const client = options.httpClient ?? Client.createNodeHttpClient();
  const httpClient = pace === undefined ? client : pacedClient(client, pace);
  const url = baseUrl === null ? null : new URL(baseUrl);
  const stripe = new Client(secretKey, {
    timeout: ATTEMPT_TIMEOUT_MS,
    maxNetworkRetries: 0,
    telemetry: false,
    ...(url === null
      ? {}
      : {
          host: url.hostname,
          port: url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port),
          protocol: url.protocol === 'http:' ? ('http' as const) : ('https' as const),
        }),
    httpClient,
  });
  return { stripe, prices };
}

function customersOf(
  load: () => Promise<Moving>,
  portal: string | null,
): Pick<Payments, 'createCustomer' | 'findCustomer' | 'openPortal' | 'listInvoices'> {
  return {
    async createCustomer({ orgId, name, email, deletedBefore = 0 }) {
      const { stripe } = await load();
      // A key is remembered for a day, with the customer that was deleted since.
      const idempotencyKey = `customer:${orgId}${deletedBefore === 0 ? '' : `:${deletedBefore}`}`;
      // Under a key Stripe takes the same body alone, and names and addresses differ between two who ask.
      const body = { metadata: { [ourMetadata.orgId]: orgId } };
      const { id } = await underKey(idempotencyKey, (key) =>
        calling(() => stripe.customers.create(body, { idempotencyKey: key })),
      );
      const details = { name, ...(email === null ? {} : { email }) };
      const fresh = { idempotencyKey: randomUUID() };
      try {
        await calling(() => stripe.customers.update(id, details, fresh));
      } catch (error) {
        // Deleted since the key was first used: known as such once it is mapped and asked for.
        if (!isMissing(error)) throw error;
      }
      return id;
    },
    async findCustomer(customerId) {
      const { stripe } = await load();
      try {
        const found = await calling(() => stripe.customers.retrieve(customerId));
        if (found.deleted === true) return { customerId, orgId: null, deleted: true };
        return { customerId, orgId: found.metadata[ourMetadata.orgId] ?? null, deleted: false };
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
    async openPortal(customer, return_url) {
      const { stripe } = await load();
      const configuration = portal === null ? {} : { configuration: portal };
      const page = { customer, return_url, ...configuration };
      return (await calling(() => stripe.billingPortal.sessions.create(page))).url;
    },
    async listInvoices({ customerId, limit, after }) {
      const { stripe } = await load();
      const page = { customer: customerId, limit, ...(after === null ? {} : { starting_after: after }) };
      const invoices = await calling(() => stripe.invoices.list(page));
      return { invoices: invoices.data.map(toPaidInvoice), more: invoices.has_more };
    },
  };
}

function toPaidInvoice(invoice: Stripe.Invoice): PaidInvoice {
  const { data: lines } = invoice.lines;
  // A change of plan begins with the credit for the old one.
  const charged = lines.find(({ amount }) => amount > 0) ?? lines[0];
  return {
    id: invoice.id,
    date: invoice.created * 1000,
    description: invoice.description ?? charged?.description ?? 'RepX subscription',
    amountCents: invoice.total,
    status: invoice.status ?? 'draft',
    url: invoice.hosted_invoice_url ?? null,
  };
}
