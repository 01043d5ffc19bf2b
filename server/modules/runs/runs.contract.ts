import { z } from 'zod';
import { idPattern } from '../../core/ids.ts';
import { AttemptUsage, FollowedEvent } from '../../runs/events.ts';
import { ConversationId } from '../conversations/conversations.contract.ts';

export const RunId = z.string().regex(idPattern('run'), 'must be a run id');
const ClientKey = z.string().min(1).max(200);

/** The longest message a person may send, in characters; a 20 kB paste is refused. */
export const MAX_MESSAGE_CHARS = 8000;
const MAX_METADATA_CHARS = 4000;

export const StartRunInput = z.object({
  clientKey: ClientKey.describe('Your key for this act: within 24 h the same key is the same run.'),
  agentId: z.string().min(1).max(80).describe('Id or slug of the agent.'),
  conversationId: ConversationId.optional().describe(
    'Goes on with this conversation; without it a new one begins.',
  ),
  message: z.string().trim().min(1, 'must not be empty').max(MAX_MESSAGE_CHARS),
  metadata: z
    .record(z.string().max(64), z.unknown())
    .refine(
      (value) => JSON.stringify(value).length <= MAX_METADATA_CHARS,
      `must be at most ${MAX_METADATA_CHARS} characters of JSON`,
    )
    .optional()
    .describe('Stored with your message, as it is.'),
});

export const runStatuses = ['queued', 'running', 'completed', 'incomplete', 'failed', 'cancelled'] as const;

export const RunStarted = z
  .object({
    runId: z.string(),
    conversationId: z.string(),
    userMessageId: z.string(),
    status: z.enum(runStatuses),
  })
  .meta({ id: 'RunStarted' });

export const RunRef = z.object({ runId: RunId });
export const CancelRunInput = z.union([
  z.object({ runId: RunId }),
  z.object({ clientKey: ClientKey.describe('Also cancels a start that has not arrived yet.') }),
]);

export const RunView = z
  .object({
    runId: z.string(),
    conversationId: z.string(),
    agentId: z.string(),
    status: z.enum(runStatuses),
    text: z.string().describe('The answer so far; of an ended run, exactly the stored message.'),
    lastEventId: z
      .string()
      .nullable()
      .describe('The last event in `text`: follow on after it. Null before the first.'),
    messageId: z.string().nullable(),
    provider: z.string().nullable().describe('Who answered: openai, anthropic or offline.'),
    model: z.string().nullable(),
    failure: z.object({ code: z.string(), message: z.string(), retryable: z.boolean() }).nullable(),
    reason: z.string().nullable().describe('Why an incomplete or cancelled run ended.'),
    requiredTier: z
      .string()
      .nullable()
      .describe('The plan that would have allowed more, when a limit of the plan ended the run.'),
    usage: AttemptUsage.nullable(),
    createdAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Run' });
export type RunView = z.output<typeof RunView>;

export const RunCancelled = z
  .object({
    runId: z.string().nullable().describe('Null when the key belongs to a start that has not arrived yet.'),
    status: z.enum(runStatuses),
    text: z.string(),
  })
  .meta({ id: 'RunCancelled' });

const lastEventId = z
  .string()
  .max(64)
  .nullish()
  .describe('The id of the last event you have; the stream goes on after it.');
export const FollowRunInput = z.object({ runId: RunId, lastEventId });
export const StartAndFollowInput = StartRunInput.extend({ lastEventId });

/** The first item of `runs.startAndFollow`: which run the rest belongs to. */
export const RunAccepted = RunStarted.extend({ type: z.literal('run.accepted'), seq: z.literal(0) }).meta({
  id: 'RunAccepted',
});
export const StartedEvent = z.union([RunAccepted, FollowedEvent]);
