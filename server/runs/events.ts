import { z } from 'zod';

/**
 * The events of a run's log. `seq` counts 1, 2, 3… within the run; a merged `text.delta` covers `fromSeq`..`seq`.
 * `block` numbers the visible parts of one attempt's output from 0.
 */
const base = { seq: z.int().min(1) };
const blockKinds = ['text', 'reasoning', 'tool', 'audio', 'citation'] as const;

export const AttemptUsage = z.object({
  inputTokens: z.int().min(0).describe('Uncached input tokens.'),
  cacheReadTokens: z.int().min(0),
  cacheWriteTokens: z.int().min(0),
  outputTokens: z.int().min(0).describe('Visible output tokens.'),
  reasoningTokens: z.int().min(0),
  source: z.enum(['reported', 'estimated']),
});
export type AttemptUsage = z.infer<typeof AttemptUsage>;

export const RunEvent = z.discriminatedUnion('type', [
  z.object({
    ...base,
    type: z.literal('run.queued'),
    position: z.int().min(0),
    etaMs: z.int().min(0).nullable(),
  }),
  z.object({
    ...base,
    type: z.literal('run.started'),
    agentId: z.string(),
    remainingSeconds: z.number().nullable(),
  }),
  z.object({
    ...base,
    type: z.literal('attempt.started'),
    attempt: z.int().min(1),
    provider: z.string(),
    model: z.string(),
    reason: z.enum(['first', 'retry', 'fallback', 'continued']),
  }),
  z.object({ ...base, type: z.literal('block.started'), block: z.int().min(0), kind: z.enum(blockKinds) }),
  z.object({
    ...base,
    type: z.literal('text.delta'),
    fromSeq: z.int().min(1).optional(),
    block: z.int().min(0),
    text: z.string(),
  }),
  z.object({
    ...base,
    type: z.literal('tool.call'),
    callId: z.string(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.object({
    ...base,
    type: z.literal('tool.result'),
    callId: z.string(),
    ok: z.boolean(),
    summary: z.string(),
  }),
  z.object({ ...base, type: z.literal('block.ended'), block: z.int().min(0) }),
  z.object({
    ...base,
    type: z.literal('attempt.ended'),
    attempt: z.int().min(1),
    outcome: z.enum(['completed', 'incomplete', 'failed', 'cancelled']),
    code: z.string().optional(),
    usage: AttemptUsage,
  }),
  z.object({
    ...base,
    type: z.literal('attempt.superseded'),
    attempt: z.int().min(1),
    keepBlocks: z.int().min(0),
    keepChars: z.int().min(0),
  }),
  z.object({
    ...base,
    type: z.literal('notice'),
    kind: z.enum(['slow_provider', 'switched', 'limit_near', 'redacted']),
    message: z.string(),
  }),
  z.object({
    ...base,
    type: z.literal('run.completed'),
    messageId: z.string(),
    text: z.string(),
    usage: AttemptUsage,
  }),
  z.object({
    ...base,
    type: z.literal('run.incomplete'),
    reason: z.enum(['time_limit', 'max_output', 'content_filter', 'interrupted']),
    messageId: z.string().nullable(),
    text: z.string(),
    limitSeconds: z.int().nullable().optional(),
    requiredTier: z.string().optional(),
  }),
  z.object({
    ...base,
    type: z.literal('run.failed'),
    code: z.string(),
    message: z.string(),
    retryable: z.boolean(),
    messageId: z.string().nullable(),
    text: z.string(),
  }),
  z.object({
    ...base,
    type: z.literal('run.cancelled'),
    by: z.string(),
    reason: z.string(),
    messageId: z.string().nullable(),
    text: z.string(),
  }),
]);
export type RunEvent = z.infer<typeof RunEvent>;
export type RunEventType = RunEvent['type'];
export type TerminalEvent = Extract<
  RunEvent,
  { type: 'run.completed' | 'run.incomplete' | 'run.failed' | 'run.cancelled' }
>;

/** Sent by a reader, never stored: the log was lost or the cursor was not of this log; start again from `text`. */
export const LogReset = z.object({ type: z.literal('log.reset'), seq: z.int().min(0), text: z.string() });
export type LogReset = z.infer<typeof LogReset>;

/** What `runs.follow` yields. */
export const FollowedEvent = z.union([RunEvent, LogReset]);
export type FollowedEvent = z.infer<typeof FollowedEvent>;

export function isTerminal(event: { type: string }): event is TerminalEvent {
  return (
    event.type === 'run.completed' ||
    event.type === 'run.incomplete' ||
    event.type === 'run.failed' ||
    event.type === 'run.cancelled'
  );
}

/** How a run's row says that it ended. Safe to cast: only `settle` writes it, and it writes a `TerminalEvent`. */
export function storedTerminal(row: { readonly terminal: object | null }): TerminalEvent | null {
  return row.terminal as TerminalEvent | null;
}

/**
 * The text a viewer shows after these events: deltas of text blocks appended in order,
 * cut to `keepChars` by `attempt.superseded`. The stored message is exactly this fold (P5).
 */
export function foldText(events: Iterable<RunEvent>, start = ''): string {
  let text = start;
  for (const event of events) {
    if (event.type === 'text.delta') text += event.text;
    else if (event.type === 'attempt.superseded') text = text.slice(0, event.keepChars);
  }
  return text;
}

/** Objects and numbers of an event in memory, roughly. */
const EVENT_BYTES = 160;

/** About how much memory an event takes, for bounds: a UTF-16 unit of text is two bytes at most. */
export function weightOf(event: RunEvent): number {
  return EVENT_BYTES + ('text' in event ? 2 * event.text.length : 0);
}
