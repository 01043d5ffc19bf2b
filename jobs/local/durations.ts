const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of a duration as Inngest writes it (`10s`, `1h30m`); an empty one is 0. Throws a RangeError on anything else. */
export function durationMs(text: string): number {
  let rest = text.trim();
  let total = 0;
  while (rest !== '') {
    const part = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)\s*/.exec(rest);
    const unit = unitMs[part?.[2] ?? ''];
    if (!part || unit === undefined) throw new RangeError(`"${text}" is not a duration such as 10s or 1h30m`);
    total += Number(part[1]) * unit;
    rest = rest.slice(part[0].length);
  }
  return total;
}

/** The instant that a duration from `now`, or an ISO date, names. */
export function deadlineOf(text: string, now: Date): Date {
  const isDate = /^\d{4}-\d{2}-\d{2}T/.test(text);
  const deadline = isDate ? new Date(text) : new Date(now.getTime() + durationMs(text));
  if (Number.isNaN(deadline.getTime())) throw new RangeError(`"${text}" is neither a duration nor a date`);
  return deadline;
}

/** Milliseconds that a Retry-After (seconds or a date) asks for, at most a day; null when it says nothing usable. */
export function retryAfterMs(header: string | null, now: Date): number | null {
  if (header === null) return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : new Date(header).getTime() - now.getTime();
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), 86_400_000);
}
