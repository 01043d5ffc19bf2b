import { invalid } from '../kernel/failure.ts';
import type { Json } from '../kernel/json.ts';

/** Refuses a version that is no date with a name, as Stripe does. */
export function checkVersion(version: string): string {
  if (/^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/.test(version)) return version;
  throw invalid(`Invalid Stripe API version: ${version}`);
}

/** The object as an API version shows it; it comes in the newest form. */
export function renderFor(_version: string, value: Json): Json {
  return value;
}
