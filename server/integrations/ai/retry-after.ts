/**
 * How long a vendor asks us to wait, in ms from `nowMs`; undefined when it does not say or says nonsense.
 * Reads `retry-after-ms`, then `retry-after` as seconds or as an HTTP date. A date in the past is 0.
 * The value may be years: the caller compares it with its deadline and never sleeps beyond that.
 */
export function parseRetryAfter(headers: Headers | undefined, nowMs: number): number | undefined {
  if (headers === undefined) return undefined;
  return milliseconds(headers.get('retry-after-ms'), 1) ?? secondsOrDate(headers.get('retry-after'), nowMs);
}

function secondsOrDate(value: string | null, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^[-+]?[\d.]+$/.test(text)) return milliseconds(text, 1000);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

function milliseconds(value: string | null, unitMs: number): number | undefined {
  if (value === null || value.trim() === '') return undefined;
  const parsed = Number(value);
  return Number.isFinite(parsed) && parsed >= 0 ? parsed * unitMs : undefined;
}
