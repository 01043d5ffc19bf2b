import { invalid } from '../kernel/failure.ts';
import { isObject, type Json } from '../kernel/json.ts';

/** Refuses a version that is no date with a name, as Stripe does. */
export function checkVersion(version: string): string {
  if (/^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/.test(version)) return version;
  throw invalid(`Invalid Stripe API version: ${version}`);
}

/** A change of the API, taken back for versions before it; from https://docs.stripe.com/changelog as far as billing goes. */
interface Change {
  readonly since: string;
  readonly objects: Readonly<Record<string, (value: Json) => void>>;
}

/** Newest first: an object is led back one change at a time. */
const changes: readonly Change[] = [
  { since: '2026-09-30', objects: { subscription: (row) => delete row.status_details } },
  { since: '2025-09-30', objects: { discount: withCoupon } },
  { since: '2025-06-30', objects: { subscription: (row) => delete row.billing_mode } },
  { since: '2025-03-31', objects: { subscription: withPeriod, invoice: withPayment } },
];

/** Whether a version shows objects as they are kept. */
export function isNewest(version: string): boolean {
  return changes.every(({ since }) => version.slice(0, 10) >= since);
}

/** The object as an API version shows it; it comes in the newest form. Objects within are led back too. */
export function renderFor(version: string, value: Json): Json {
  for (const { since, objects } of changes) if (version.slice(0, 10) < since) walk(value, objects);
  return value;
}

function walk(value: unknown, objects: Change['objects']): void {
  if (Array.isArray(value)) for (const entry of value) walk(entry, objects);
  if (!isObject(value)) return;
  for (const entry of Object.values(value)) walk(entry, objects);
  objects[String(value.object)]?.(value);
}

/** Until 2025-09-30 a discount held its coupon itself. */
function withCoupon(row: Json): void {
  if (isObject(row.source)) row.coupon = row.source.coupon;
  delete row.source;
}

/** Until 2025-03-31 the period stood on the subscription. */
function withPeriod(row: Json): void {
  const items = isObject(row.items) && Array.isArray(row.items.data) ? row.items.data : [];
  const held = items.filter(isObject);
  row.current_period_start = held[0]?.current_period_start ?? null;
  row.current_period_end = held[0]?.current_period_end ?? null;
  for (const item of held) {
    delete item.current_period_start;
    delete item.current_period_end;
  }
}

/** Until 2025-03-31 an invoice named its subscription itself, and said whether it was paid. */
function withPayment(row: Json): void {
  const parent = isObject(row.parent) ? row.parent.subscription_details : null;
  row.subscription = isObject(parent) ? parent.subscription : null;
  row.paid = row.status === 'paid';
  row.tax = null;
  delete row.parent;
  delete row.total_taxes;
}
