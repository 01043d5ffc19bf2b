import { toJson } from '../kernel/json.ts';
import type { DestinationRow, EventRow, ThinEventRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { isNewest, renderFor } from '../wire/versions.ts';
import { type Delivery, retryAfterSeconds, type Send, sendByFetch } from './delivery.ts';
import { createDestination } from './destination.ts';
import { createEndpoint } from './endpoint.ts';
import { matches } from './event.ts';
import { signatureHeader } from './signature.ts';
import { thinEventsOf } from './thin.ts';

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
    world.hooks.thinEventMade.push((event) => this.#queueThin(event));
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

  /** Registers a destination of thin events for all types, or those given (`v1.customer.subscription.updated`). */
  listenThin(url: string, types: readonly string[] = ['*']): { id: string; secret: string } {
    const { id, webhook_endpoint: endpoint } = createDestination(this.#world, {
      name: 'thin',
      type: 'webhook_endpoint',
      event_payload: 'thin',
      enabled_events: [...types],
      webhook_endpoint: { url },
    });
    return { id, secret: endpoint?.signing_secret ?? '' };
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
    const pending = endpoints.length;
    event.pending_webhooks = pending;
    for (const { id, url, api_version } of endpoints) {
      const version = api_version ?? this.#world.settings.apiVersion;
      const render = () => {
        const sent = { ...event, api_version: version, pending_webhooks: pending };
        return isNewest(version) ? sent : renderFor(version, toJson(sent));
      };
      this.#start(event, { id, url, body: () => JSON.stringify(render(), null, 2) });
    }
    thinEventsOf(this.#world, event);
  }

  #queueThin(event: ThinEventRow): void {
    const wanted = (row: DestinationRow) =>
      row.enabled_events.some((pattern) => matches(event.type, pattern));
    for (const row of this.#world.destinations.where((held) => held.status === 'enabled' && wanted(held))) {
      const { data: _, ...thin } = event;
      this.#start(event, {
        id: row.id,
        url: row.webhook_endpoint?.url ?? '',
        body: () => JSON.stringify(thin),
      });
    }
  }

  #start(event: EventRow | ThinEventRow, to: { id: string; url: string; body: () => string }): void {
    const { id: endpoint, url } = to;
    const id = `${event.id}:${endpoint}`;
    let body: string | null = null;
    const delivery: Delivery = {
      ...{ id, event, endpoint, url, attempts: [], state: 'waiting' },
      // Written when it is first sent: of an event nothing changes but its counter.
      get body() {
        body ??= to.body();
        return body;
      },
    };
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
    const { event } = delivery;
    if (delivery.state === 'waiting' && 'pending_webhooks' in event) event.pending_webhooks -= 1;
    delivery.state = state;
    this.#world.time.set(`delivery:${delivery.id}`, null, () => {});
  }
}
