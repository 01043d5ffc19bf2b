import { kindMappings } from '../../core/catalog.ts';
import { toFailure } from '../../core/failure.ts';
import type { Logger } from '../../core/observe.ts';

export interface StripeWebhookOptions {
  /** Proves and stores a delivery; returns once it is durable. Null where payments are not configured. */
  readonly receive:
    | ((delivery: { readonly body: Uint8Array; readonly signature: string | null }) => Promise<void>)
    | null;
  readonly logger: Logger;
  /** Counts deliveries by what became of them. */
  readonly onDelivery: (outcome: 'stored' | 'refused' | 'failed') => void;
}

/**
 * Stripe's door: the raw bytes, the signature, and an answer. 200 only for what is stored durably; 400 for what Stripe
 * did not sign; 503 for everything else, so that Stripe comes again.
 */
export async function stripeWebhook(options: StripeWebhookOptions, request: Request): Promise<Response> {
  if (options.receive === null) return new Response(null, { status: 404 });
  try {
    const body = new Uint8Array(await request.arrayBuffer());
    await options.receive({ body, signature: request.headers.get('stripe-signature') });
  } catch (error) {
    const failure = toFailure(error);
    const isRefused = kindMappings[failure.kind].httpStatus === 400;
    options.onDelivery(isRefused ? 'refused' : 'failed');
    if (isRefused)
      options.logger.warn({ code: failure.code }, 'a delivery without a valid signature was refused');
    else options.logger.error({ err: error }, 'a delivery could not be stored; Stripe will come again');
    return new Response(null, { status: isRefused ? 400 : 503 });
  }
  options.onDelivery('stored');
  return Response.json({ received: true });
}
