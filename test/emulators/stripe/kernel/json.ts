/** A JSON object as it would travel. */
export type Json = Record<string, unknown>;

/** The object as the wire would carry it: decimals are strings, `undefined` is absent. */
export function toJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What `previous_attributes` of an event holds: the old values of what differs, hashes nested, lists whole. */
export function previousOf(before: Json, after: Json): Json {
  const previous: Json = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [before[key] ?? null, after[key] ?? null];
    if (JSON.stringify(old) === JSON.stringify(now)) continue;
    previous[key] = isObject(old) && isObject(now) && key !== 'items' ? previousOf(old, now) : old;
  }
  return previous;
}
