import Stripe from 'stripe';
import { control } from './control.ts';
import { type Around, DirectClient } from './direct-client.ts';
import { grantFeatures } from './entitlements/active.ts';
import type { Send } from './events/delivery.ts';
import { Webhooks } from './events/webhooks.ts';
import { includable } from './includable.ts';
import { settleInvoicesOf } from './invoices/settle.ts';
import type { Settings } from './kernel/settings.ts';
import { World } from './kernel/world.ts';
import { billMeters } from './meters/process.ts';
import { Person } from './person.ts';
import { routes } from './routes.ts';
import { followSubscriptions } from './schedules/enter.ts';
import { bringToLife } from './subscriptions/live.ts';
import { giveNotice } from './subscriptions/notices.ts';
import type { Api } from './wire/answer.ts';
import type { WireRequest } from './wire/exchange.ts';
import { type Fault, Faults } from './wire/faults.ts';
import { IdempotencyKeys } from './wire/idempotency.ts';
import { Pace } from './wire/pace.ts';
import { listen } from './wire/server.ts';

export interface StripeEmulatorOptions {
  /** 0 (default) takes a free port. */
  readonly port?: number;
  /** For a person at the keyboard: time is that of the machine, and webhooks leave by themselves. */
  readonly followsWallClock?: boolean;
  /** Decides ids; the same seed and calls give the same account. */
  readonly seed?: number;
  /** Where virtual time begins; 2026-11-01 unless told. It moves by `advance` alone. */
  readonly startAt?: Date;
  readonly settings?: Partial<Settings>;
  readonly secretKey?: string;
  /** Requests a second above which 429 is answered; no limit unless told. */
  readonly perSecond?: number;
  /** How webhooks leave; by HTTP unless told. */
  readonly send?: Send;
}

/** A Stripe account in test mode, which the official SDK talks to. See README.md. */
export class StripeEmulator {
  readonly world: World;
  readonly person: Person;
  readonly webhooks: Webhooks;
  readonly secretKey: string;
  readonly api: Api;

  constructor(options: Omit<StripeEmulatorOptions, 'port' | 'followsWallClock'> = {}) {
    this.world = new World(options);
    this.secretKey = options.secretKey ?? 'sk_test_emulator';
    settleInvoicesOf(this.world);
    bringToLife(this.world);
    followSubscriptions(this.world);
    giveNotice(this.world);
    grantFeatures(this.world);
    billMeters(this.world);
    this.webhooks = new Webhooks(this.world, options.send);
    this.person = new Person(this.world);
    this.api = {
      world: this.world,
      secretKey: this.secretKey,
      routes,
      includable,
      faults: new Faults(),
      keys: new IdempotencyKeys(this.world.time),
      pace: new Pace(options.perSecond ?? null),
      seen: () => {},
    };
  }

  /** Calls `see` for each request from now on, before it is answered. */
  onRequest(see: (request: WireRequest) => void): void {
    this.api.seen = see;
  }

  /** Scripts a fault for requests to come. */
  fail(fault: Fault): void {
    this.api.faults.add(fault);
  }

  /** Moves the account's time by so many seconds, and everything due on the way happens. Test clocks move by the API alone. */
  async advance(seconds: number): Promise<void> {
    await this.advanceTo(this.world.time.now + seconds);
  }

  /** Moves the account's time to an instant in seconds since 1970. */
  async advanceTo(instant: number): Promise<void> {
    await this.world.time.advanceTo(instant);
    await this.settled();
  }

  /** Resolves when all that was begun is done: clocks that advance, webhooks that leave by themselves. */
  async settled(): Promise<void> {
    await this.world.settled();
    await this.webhooks.settled();
  }

  /** The official SDK, talking to this account without a socket. */
  client(config: Stripe.StripeConfig = {}): Stripe {
    const httpClient = this.httpClient();
    return new Stripe(this.secretKey, { maxNetworkRetries: 0, telemetry: false, httpClient, ...config });
  }

  /** What the SDK's configuration takes to reach this account without a socket. */
  httpClient(around?: Around): DirectClient {
    return new DirectClient(this.api, around);
  }
}

/** The emulator on a port of this machine. */
export interface ListeningStripe extends AsyncDisposable {
  readonly emulator: StripeEmulator;
  readonly port: number;
  /** What the SDK's configuration takes to reach it. */
  readonly config: { readonly host: string; readonly port: number; readonly protocol: 'http' };
  close(): Promise<void>;
}

/** Starts a Stripe account behind a node:http server. */
export async function startStripeEmulator(options: StripeEmulatorOptions = {}): Promise<ListeningStripe> {
  const { followsWallClock = false } = options;
  const emulator = new StripeEmulator(followsWallClock ? { ...options, startAt: new Date() } : options);
  const { port, close: closeServer } = await listen(emulator.api, {
    port: options.port ?? 0,
    control: (path, body) => control(emulator, path, body),
  });
  const stop = followsWallClock ? followWallClock(emulator) : () => {};
  const close = async () => {
    stop();
    await closeServer();
  };
  const config = { host: '127.0.0.1', port, protocol: 'http' } as const;
  return { emulator, port, config, close, [Symbol.asyncDispose]: close };
}

function followWallClock(emulator: StripeEmulator): () => void {
  emulator.webhooks.automatic = true;
  const timer = setInterval(() => void emulator.advanceTo(Math.floor(Date.now() / 1000)), 1_000);
  return () => clearInterval(timer);
}
