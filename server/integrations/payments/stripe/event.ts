import type Stripe from 'stripe';
import { Failure } from '../../../core/failure.ts';
import type { VendorEvent } from '../port.ts';
import { calling, isMissing } from './call.ts';

/** How old, and how far ahead of us, a signature may be. Source: Stripe's own default for age. */
const TOLERANCE_SECONDS = 300;

export interface EventDoor {
  readonly stripe: Stripe;
  /** One, or two while a secret is rotated. */
  readonly secrets: readonly string[];
}

/**
 * Proves a delivery by Stripe's own check with any of the secrets, then reads whom it concerns. Beyond that check:
 * one time stamp exactly, and none from the future, which the SDK lets pass.
 */
export function openStripeEvent(
  { stripe, secrets }: EventDoor,
  body: Uint8Array,
  signature: string | null,
): VendorEvent {
  if (signature === null || !hasOneFreshStamp(signature)) throw new Failure('billing.signature-refused');
  const text = textOf(body);
  const { signature: check } = stripe.webhooks;
  const isProven = secrets.some((secret) => {
    try {
      return check?.verifyHeader(text, signature, secret, TOLERANCE_SECONDS) === true;
    } catch {
      return false;
    }
  });
  if (!isProven) throw new Failure('billing.signature-refused');
  return readEvent(JSON.parse(text));
}

/** The very bytes as text: the SDK would drop a byte order mark and mend broken characters before it checks. */
function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch (cause) {
    throw new Failure('billing.signature-refused', { cause });
  }
}

function hasOneFreshStamp(header: string): boolean {
  const stamps = header
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part.startsWith('t='));
  const at = Number(stamps[0]?.slice(2));
  return stamps.length === 1 && at - Date.now() / 1000 <= TOLERANCE_SECONDS;
}

/** The object of a snapshot event, or what a thin notification relates to; both only as far as we trust them: by name. */
export function readEvent(event: unknown): VendorEvent {
  const read = event as {
    id: string;
    object: string;
    type: string;
    livemode: boolean;
    account?: string;
    context?: string | null;
    data?: { object?: Record<string, unknown> };
    related_object?: { id: string; type: string; url: string } | null;
  };
  const shared = { id: read.id, type: read.type, livemode: read.livemode };
  if (read.object === 'v2.core.event') {
    const related = read.related_object ?? null;
    return {
      ...shared,
      account: read.context ?? null,
      customerId: related?.type === 'customer' ? related.id : null,
      objectUrl: related?.url ?? null,
      checkoutSessionId: related?.type === 'checkout.session' ? related.id : null,
    };
  }
  const object = read.data?.object ?? {};
  const customerId = customerIn(object);
  return {
    ...shared,
    ...{ account: read.account ?? null, customerId },
    // What the bank says of a payment names that alone.
    objectUrl:
      customerId === null && typeof object.charge === 'string'
        ? `/v1/charges/${encodeURIComponent(object.charge)}`
        : null,
    checkoutSessionId: object.object === 'checkout.session' ? String(object.id) : null,
  };
}

/** The customer an object is or belongs to. */
export function customerIn(object: Readonly<Record<string, unknown>>): string | null {
  if (object.object === 'customer') return typeof object.id === 'string' ? object.id : null;
  const { customer } = object;
  if (typeof customer === 'string') return customer;
  if (typeof customer === 'object' && customer !== null && 'id' in customer) return String(customer.id);
  return null;
}

/** From the delivery where it says so, else by asking for the object it relates to. */
export async function customerOf(stripe: Stripe, event: VendorEvent): Promise<string | null> {
  if (event.customerId !== null || event.objectUrl === null) return event.customerId;
  const { objectUrl } = event;
  try {
    return customerIn(
      (await calling(() => stripe.rawRequest('GET', objectUrl))) as unknown as Record<string, unknown>,
    );
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
