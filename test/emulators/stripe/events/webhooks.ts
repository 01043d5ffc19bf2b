import { toJson } from '../kernel/json.ts';
import type { EndpointRow, EventRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { renderFor } from '../wire/versions.ts';
import { type Delivery, retryAfterSeconds, type Send, sendByFetch } from './delivery.ts';
import { createEndpoint } from './endpoint.ts';
import { matches } from './event.ts';
import { signatureHeader } from './signature.ts';

/**
 * What Stripe sends to the endpoints, under the test's hand. While `automatic`, each event leaves by itself as it happens,
 * with retries in virtual time; else it waits in `waiting` until the test delivers, loses, doubles or reorders it.
 */
export class Webhooks {
  automatic = false;
  /** Every delivery ever made, oldest first. */
  readonly all: Delivery[] = [];
  readonly #world: World;
  readonly #send: Send;
  readonly #inFlight = new Set<Promise<unknown>>();

  constructor(world: World, send: Send = sendByFetch) {
    this.#world = world;
    this.#send = send;
    world.hooks.eventMade.push((event) => this.#queue(event));
  }

  /** Registers an endpoint for all types (or those given) and tells its secret. */
  listen(
    url: string,
    options: { types?: readonly string[]; apiVersion?: string } = {},
  ): { id: string; secret: string } {
    const { types = ['*'], apiVersion } = options;
    const { id, secret } = createEndpoint(this.#world, {
      url,
      enabled_events: [...types],
      api_version: apiVersion,
    });
    return { id, secret: secret ?? '' };
  }

  /** Adds a secret beside the old one, as "roll secret" does: both sign until `dropOldSecret`. */
  rollSecret(endpoint: string): string {
    const secret = `whsec_${this.#world.ids.text(32)}`;
    this.#world.secrets.set(endpoint, [...(this.#world.secrets.get(endpoint) ?? []), secret]);
    return secret;
  }

  dropOldSecret(endpoint: string): void {
    this.#world.secrets.set(endpoint, (this.#world.secrets.get(endpoint) ?? []).slice(-1));
  }

  get waiting(): Delivery[] {
    return this.all.filter((delivery) => delivery.state === 'waiting');
  }

  /** Sends one delivery now, whatever its state: a second call is a duplicate. Tells the status, or why there was none. */
  async deliver(delivery: Delivery): Promise<number | string> {
    const result = await this.#send(this.requestOf(delivery)).catch((cause: unknown) => String(cause));
    delivery.attempts.push(result);
    const succeeded = typeof result === 'number' && result >= 200 && result < 300;
    if (succeeded) this.#finish(delivery, 'delivered');
    else if (delivery.state === 'waiting') this.#planRetry(delivery);
    return result;
  }

  /** Sends what waits, in the order given by `arrange` (the order of the events unless told). */
  async deliverAll(arrange: (waiting: Delivery[]) => Delivery[] = (waiting) => waiting): Promise<void> {
    for (const delivery of arrange(this.waiting)) await this.deliver(delivery);
  }

  /** Never sends it, nor retries. */
  lose(delivery: Delivery): void {
    this.#finish(delivery, 'lost');
  }

  /** The signed request of a delivery, as it would be sent now or at another instant (seconds, real time). */
  requestOf(delivery: Delivery, at = Math.floor(Date.now() / 1000)) {
    const secrets = this.#world.secrets.get(delivery.endpoint) ?? [];
    return {
      url: delivery.url,
      body: delivery.body,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        'stripe-signature': signatureHeader(delivery.body, secrets, at),
      },
    };
  }

  /** Resolves when nothing that left by itself is under way any more. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
  }

  #queue(event: EventRow): void {
    const endpoints = this.#world.endpoints.where(
      (row) => row.status === 'enabled' && row.enabled_events.some((pattern) => matches(event.type, pattern)),
    );
    event.pending_webhooks = endpoints.length;
    for (const endpoint of endpoints) this.#start(this.#make(event, endpoint));
  }

  #make(event: EventRow, endpoint: EndpointRow): Delivery {
    const version = endpoint.api_version ?? this.#world.settings.apiVersion;
    const body = JSON.stringify(renderFor(version, { ...toJson(event), api_version: version }), null, 2);
    const id = `${event.id}:${endpoint.id}`;
    return { id, event, body, endpoint: endpoint.id, url: endpoint.url, attempts: [], state: 'waiting' };
  }

  #start(delivery: Delivery): void {
    this.all.push(delivery);
    if (this.automatic) this.#track(Promise.resolve().then(() => this.deliver(delivery)));
  }

  #track(work: Promise<unknown>): void {
    const tracked = work.finally(() => this.#inFlight.delete(tracked));
    this.#inFlight.add(tracked);
  }

  #planRetry(delivery: Delivery): void {
    const after = retryAfterSeconds[delivery.attempts.length - 1];
    if (after === undefined) {
      this.#finish(delivery, 'given-up');
      return;
    }
    const { time } = this.#world;
    const gap = after - (retryAfterSeconds[delivery.attempts.length - 2] ?? 0);
    time.set(`delivery:${delivery.id}`, time.now + gap, async () => {
      await this.deliver(delivery);
    });
  }

  #finish(delivery: Delivery, state: Delivery['state']): void {
    if (delivery.state === 'waiting') delivery.event.pending_webhooks -= 1;
    delivery.state = state;
    this.#world.time.set(`delivery:${delivery.id}`, null, () => {});
  }
}
