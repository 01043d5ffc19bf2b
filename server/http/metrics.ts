import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { OperationMetrics } from '../core/observe.ts';

/** Seconds; chosen around the product's targets of 100 ms, 500 ms, 1 s and 3 s (scalability S64, S74). */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3, 10];

export interface ServerMetrics extends OperationMetrics {
  readonly registry: Registry;
  httpRequest(status: number, seconds: number): void;
  socketRefused(reason: string): void;
  socketOpened(): void;
  socketClosed(code: number): void;
  attempt(provider: string, outcome: string): void;
  /** What the cache did for a read: hit, miss, load, a poisoned entry deleted, ... */
  cacheEvent(event: string): void;
  /** A command to Redis that got no answer, by the part that did without it. */
  redisFault(part: string, fault: string): void;
  /** A delivery of the payment vendor: stored, refused or failed. */
  delivery(outcome: string): void;
  /** A value read when Prometheus scrapes. */
  gauge(name: string, help: string, read: () => number): void;
}

/** The Prometheus registry of a process. Labels are names from registries of ours, never ids, so that series stay few. */
export function createMetrics(): ServerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const operations = new Histogram({
    name: 'repspheres_operation_seconds',
    help: 'Duration of operations by name and outcome (ok or failure code).',
    labelNames: ['operation', 'outcome'],
    buckets,
    registers,
  });
  const http = new Histogram({
    name: 'repspheres_http_seconds',
    help: 'Duration of HTTP requests by status.',
    labelNames: ['status'],
    buckets,
    registers,
  });
  const refused = new Counter({
    name: 'repspheres_socket_refused_total',
    help: 'Refused socket upgrades by reason.',
    labelNames: ['reason'],
    registers,
  });
  const opened = new Counter({ name: 'repspheres_socket_opened_total', help: 'Opened sockets.', registers });
  const closed = new Counter({
    name: 'repspheres_socket_closed_total',
    help: 'Closed sockets by close code.',
    labelNames: ['code'],
    registers,
  });
  const attempts = new Counter({
    name: 'repspheres_model_attempts_total',
    help: 'Model attempts by provider and outcome.',
    labelNames: ['provider', 'outcome'],
    registers,
  });
  const cacheEvents = new Counter({
    name: 'repspheres_cache_events_total',
    help: 'What the cache did for its reads, by event.',
    labelNames: ['event'],
    registers,
  });
  const redisFaults = new Counter({
    name: 'repspheres_redis_faults_total',
    help: 'Commands to Redis that got no answer, by part and fault.',
    labelNames: ['part', 'fault'],
    registers,
  });
  const deliveries = new Counter({
    name: 'repspheres_billing_deliveries_total',
    help: 'Deliveries of the payment vendor by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const drift = new Counter({
    name: 'repspheres_billing_drift_total',
    help: 'Customers whose rows differed from what the payment vendor says.',
    registers,
  });
  return {
    registry,
    operation: (operation, outcome, seconds) => operations.observe({ operation, outcome }, seconds),
    httpRequest: (status, seconds) => http.observe({ status: String(status) }, seconds),
    socketRefused: (reason) => refused.inc({ reason }),
    socketOpened: () => opened.inc(),
    socketClosed: (code) => closed.inc({ code: String(code) }),
    attempt: (provider, outcome) => attempts.inc({ provider, outcome }),
    cacheEvent: (event) => cacheEvents.inc({ event }),
    redisFault: (part, fault) => redisFaults.inc({ part, fault }),
    billingDrift: (customers) => drift.inc(customers),
    delivery: (outcome) => deliveries.inc({ outcome }),
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
  };
}
