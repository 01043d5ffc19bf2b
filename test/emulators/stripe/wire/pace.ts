import { StripeFailure } from '../kernel/failure.ts';

/** Refuses what is above so many requests in a second of real time. Stripe's test mode allows 25, live mode 100. */
export class Pace {
  perSecond: number | null;
  #second = 0;
  #seen = 0;

  constructor(perSecond: number | null) {
    this.perSecond = perSecond;
  }

  check(): void {
    if (this.perSecond === null) return;
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) [this.#second, this.#seen] = [second, 0];
    this.#seen += 1;
    if (this.#seen <= this.perSecond) return;
    throw new StripeFailure(
      429,
      {
        type: 'invalid_request_error',
        code: 'rate_limit',
        message:
          'Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.',
      },
      { saved: false, headers: { 'stripe-rate-limited-reason': 'global-rate' } },
    );
  }
}
