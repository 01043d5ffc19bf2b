import type { Logger } from '../../../server/core/observe.ts';
import { silentLogger } from '../../../server/core/observe.ts';
import type { Email } from '../../../server/integrations/email/port.ts';
import type { Payments } from '../../../server/integrations/payments/port.ts';
import { type PriceList, parsePriceList } from '../../../server/integrations/payments/stripe/price-list.ts';
import { stripePayments } from '../../../server/integrations/payments/stripe/stripe.ts';
import type { BillingStore } from '../../../server/modules/billing/billing-store.ts';
import type { NoticeStore } from '../../../server/modules/billing/notices/notice-store.ts';
import { sendNotice } from '../../../server/modules/billing/notices/send-notice.ts';
import { processEvent } from '../../../server/modules/billing/process-event.ts';
import type { ReconcileDeps } from '../../../server/modules/billing/reconcile/reconcile.ts';
import type { BillingDeps } from '../../../server/modules/billing/sync-customer.ts';
import { StripeEmulator } from '../../emulators/stripe/emulator.ts';
import type { Delivery } from '../../emulators/stripe/events/delivery.ts';
import type { Settings } from '../../emulators/stripe/kernel/settings.ts';
import { parseForm } from '../../emulators/stripe/wire/form.ts';
import { readParams } from '../../emulators/stripe/wire/params.ts';
import { findRoute } from '../../emulators/stripe/wire/route.ts';
import type { Place } from './place.ts';
import { sell } from './sell.ts';
import { stand, standing, Task, taskAtWork } from './turns.ts';

/** What a plant changes of our code; nothing for none. */
export interface Plant {
  readonly payments?: (payments: Payments, stage: Stage) => Payments;
  readonly store?: (store: BillingStore, stage: Stage) => BillingStore;
  readonly process?: (deps: BillingDeps, stage: Stage, eventId: string) => Promise<string | null>;
}

/** A kind of account and of listening, drawn once a history. */
export interface Setting {
  readonly seed: number;
  readonly account: Partial<Settings>;
  /** The types of events that Stripe sends us. */
  readonly types: readonly string[];
  /** Which of Stripe's two kinds of events reach us. */
  readonly listens: 'snapshots' | 'both' | 'thin';
  /** How far our database's clock is from Stripe's, in ms. */
  readonly skewMs: number;
  readonly organisations: number;
}

/** An organisation of ours and its customers at Stripe, as their makers meant them. */
export interface Member {
  readonly orgId: string;
  readonly email: string;
  readonly userId: string;
  /** Every customer that is or was this organisation's, oldest first. */
  readonly customerIds: string[];
}

export interface SentMail {
  readonly id: string;
  readonly to: string;
  readonly task: Task | undefined;
}

interface Scenery {
  readonly setting: Setting;
  readonly emulator: StripeEmulator;
  readonly place: Place;
  readonly plant: Plant;
}

/** An empty memory of billing that goes by this clock. */
export type OpenPlace = (now: () => number) => Place | Promise<Place>;

function clockOf({ world }: StripeEmulator, { skewMs }: Setting): number {
  return world.time.now * 1000 + skewMs;
}

const START = Date.UTC(2027, 0, 29, 12) / 1000;

/** One Stripe account, our code before it with every call to the outside under the hand of the history, and its clock. */
export class Stage {
  readonly setting: Setting;
  readonly emulator: StripeEmulator;
  readonly place: Place;
  readonly payments: Payments;
  readonly deps: BillingDeps;
  readonly notices: NoticeStore;
  readonly prices: PriceList;
  readonly members: Member[] = [];
  readonly mails: SentMail[] = [];
  readonly tasks: Task[] = [];
  /** Deliveries on their way to us; one that fails comes again. */
  readonly wire: Delivery[] = [];
  /** What a person should look at. */
  readonly alerts: string[] = [];
  /** Subscriptions that our code ended at once. */
  readonly endedByUs: { subscription: string; spared: boolean }[] = [];
  /** The next so many calls of the database fail, before they do anything or after it. */
  databaseFault: { left: number; stage: 'before' | 'after' } = { left: 0, stage: 'before' };
  mailFault = 0;
  drift = 0;
  readonly #plant: Plant;
  #delivered = 0;
  #relayed = 0;
  readonly #looks = new WeakMap<Task, ReadonlySet<string>>();
  readonly #jobsDone = new Set<string>();
  readonly jobs: { eventId: string; name: string; data: Readonly<Record<string, unknown>> }[] = [];

  private constructor({ setting, emulator, place, plant }: Scenery) {
    this.setting = setting;
    this.#plant = plant;
    this.emulator = emulator;
    this.place = place;
    const offered = sell(this.emulator);
    this.prices = parsePriceList(offered);
    const { webhooks } = this.emulator;
    const endpoints = [];
    if (setting.listens !== 'thin')
      endpoints.push(webhooks.listen('http://127.0.0.1:9/hook', { types: setting.types }));
    if (setting.listens !== 'snapshots') endpoints.push(webhooks.listenThin('http://127.0.0.1:9/thin'));
    const payments = stripePayments({
      secretKey: this.emulator.secretKey,
      webhookSecrets: endpoints.map(({ secret }) => secret),
      prices: this.prices,
      baseUrl: null,
      httpClient: emulator.httpClient((at, call) => this.#call(at, call)),
    });
    this.payments = plant.payments?.(payments, this) ?? payments;
    const store = standing(this.place.store, 'store', (member, stage) => this.#hinder(member, stage));
    const planted = plant.store?.(store, this) ?? store;
    this.deps = {
      payments: this.payments,
      store: planted,
      logger: this.#logger(),
      onMeterErrors: async () => {},
    };
    this.notices = standing(this.place.notices, 'notices', (member, stage) => this.#hinder(member, stage));
  }

  static async open(setting: Setting, openPlace: OpenPlace, plant: Plant = {}): Promise<Stage> {
    const startAt = new Date(START * 1000);
    const emulator = new StripeEmulator({ seed: setting.seed, startAt, settings: setting.account });
    const place = await openPlace(() => clockOf(emulator, setting));
    const stage = new Stage({ setting, emulator, place, plant });
    for (let index = 0; index < setting.organisations; index += 1) {
      const tail = `${setting.seed.toString(16)}0${index}`.padStart(32, '0');
      const member = { orgId: `org_${tail}`, userId: `usr_${tail}`, email: `owner${tail}@example.com` };
      stage.members.push({ ...member, customerIds: [] });
      const contacts = [{ userId: member.userId, email: member.email }];
      await stage.place.addOrganisation({ orgId: member.orgId, name: `Example ${index}`, contacts });
    }
    stage.take();
    return stage;
  }

  /** Our database's clock, ms. */
  get now(): number {
    return clockOf(this.emulator, this.setting);
  }

  get reconciling(): ReconcileDeps {
    return {
      ...this.deps,
      onDrift: (customers) => {
        this.drift += customers;
      },
    };
  }

  /** Asks the account as its owner does in the dashboard: without the SDK, and no fault meets it. */
  ask(method: 'POST' | 'DELETE', path: string, form = ''): unknown {
    const found = findRoute(this.emulator.api.routes, method, path);
    if (found === null) throw new Error(`no such operation: ${method} ${path}`);
    const input = readParams(found.route.schema, parseForm(form));
    // Safe: the schema of the route has made the input what it takes.
    return found.route.run(this.emulator.world, input as never, found.ids);
  }

  /** Begins work of a process of ours; it stands at its beginning. */
  begin(name: string, work: () => Promise<unknown>): Task {
    const task = new Task(name, work);
    this.tasks.push(task);
    return task;
  }

  /** What Stripe has said since is on its way. */
  take(): void {
    const { all } = this.emulator.webhooks;
    for (; this.#delivered < all.length; this.#delivered += 1) {
      const delivery = all[this.#delivered];
      if (delivery !== undefined) this.wire.push(delivery);
    }
  }

  /** What our transactions have told others since waits for the engine of the jobs. */
  async relay(): Promise<void> {
    const told = await this.place.outbox();
    this.jobs.push(...told.slice(this.#relayed));
    this.#relayed = told.length;
  }

  /** Begins the job of an event, unless it is done: the engine drops what it has seen, and runs again what was cut short. */
  beginJob({ eventId, name, data }: Stage['jobs'][number]): Task | null {
    if (this.#jobsDone.has(eventId)) return null;
    const work = this.#jobOf(name, data);
    if (work === null) return null;
    // Of a notice the engine runs one at a time; deliveries are also swept, at the same moment or any other.
    const running = this.tasks.find((task) => task.name === `job ${eventId}` && task.state === 'ready');
    if (running !== undefined && name === 'billing/notice.due') return running;
    return this.begin(`job ${eventId}`, async () => {
      await work();
      this.#jobsDone.add(eventId);
    });
  }

  #jobOf(name: string, data: Readonly<Record<string, unknown>>): (() => Promise<unknown>) | null {
    if (name === 'billing/event.received') return () => this.process(String(data.eventId));
    if (name === 'billing/notice.due')
      return () => this.send({ orgId: String(data.orgId), key: String(data.key) });
    return null;
  }

  process(eventId: string): Promise<string | null> {
    return this.#plant.process?.(this.deps, this, eventId) ?? processEvent(this.deps, eventId);
  }

  send(notice: { orgId: string; key: string }): Promise<unknown> {
    const email = { kind: 'smtp' as const, send: (mail: Email) => this.#mail(mail) };
    return sendNotice({ store: this.notices, email, page: 'https://app.example.com/pricing' }, notice);
  }

  async #mail({ id = '', to }: Email): Promise<void> {
    await stand(`mail ${id}`);
    if (this.mailFault > 0) {
      this.mailFault -= 1;
      throw new Error('the mail server does not answer');
    }
    this.mails.push({ id, to, task: taskAtWork() });
    await stand(`mail ${id}, done`);
  }

  async #call<T>(at: string, call: () => Promise<T>): Promise<T> {
    await stand(at);
    if (at.startsWith('DELETE')) this.#noteEnd(at.split('/').at(-1) ?? '');
    if (at === 'GET /v1/subscriptions') this.#noteLook();
    const answer = await call();
    await stand(`${at}, answered`);
    return answer;
  }

  #noteLook(): void {
    const task = taskAtWork();
    const paying = this.emulator.world.subscriptions.where(({ status }) => isPaying(status));
    if (task !== undefined) this.#looks.set(task, new Set(paying.map(({ id }) => id)));
  }

  /** Whether an end of ours leaves the organisation another subscription that pays, or did when the same task last looked. */
  #noteEnd(subscription: string): void {
    const { subscriptions } = this.emulator.world;
    const row = subscriptions.find(subscription);
    if (row === undefined || !isPaying(row.status)) return;
    const task = taskAtWork();
    const seen = task === undefined ? undefined : this.#looks.get(task);
    const owner = this.members.find(({ customerIds }) => customerIds.includes(row.customer));
    const others = subscriptions.where(
      (one) =>
        one.id !== subscription &&
        (isPaying(one.status) || seen?.has(one.id) === true) &&
        (owner?.customerIds.includes(one.customer) ?? false),
    );
    this.endedByUs.push({ subscription, spared: others.length > 0 });
  }

  #hinder(member: string, stage: 'before' | 'after'): void {
    const fault = this.databaseFault;
    if (fault.left <= 0 || fault.stage !== stage) return;
    fault.left -= 1;
    throw new Error(`the database went away at ${member}`);
  }

  #logger(): Logger {
    return {
      ...silentLogger,
      error: (fields) => {
        if ('alert' in fields) this.alerts.push(String(fields.alert));
      },
    };
  }
}

export function isPaying(status: string): boolean {
  return status === 'active' || status === 'trialing' || status === 'past_due';
}
