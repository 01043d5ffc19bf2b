import { z } from 'zod';
import { appIds } from '../../server/core/apps.ts';
import { FollowedEvent } from '../../server/runs/events.ts';

/** A small world in the shapes of the real one: what the generator meets, and what the client is tested against. */
export const Agent = z
  .object({
    id: z.string(),
    name: z.string().describe('Name on the card.'),
    category: z.enum(['coach', 'elite_closer']),
    tagline: z.string().nullable(),
    apps: z.array(z.enum(appIds)),
    personality: z.object({ tone: z.string(), aggression: z.number().int().min(0).max(10) }),
  })
  .meta({ id: 'Agent', description: 'An agent as everybody may see it.' });

export const ListAgentsInput = z.object({
  app: z.enum(appIds).optional().describe('Only agents of this app.'),
  limit: z.int().min(1).max(100).default(20).describe('Agents on a page.'),
  cursor: z.string().nullish(),
});
export const AgentPage = z.object({ items: z.array(Agent), nextCursor: z.string().nullable() });

export const Contact = z.object({
  id: z.string(),
  favourite: Agent.describe('Who this contact likes to talk to.').nullable(),
  phones: z.record(z.enum(['home', 'work']), z.string()),
  labels: z.partialRecord(z.enum(['hot', 'cold']), z.boolean()),
  notes: z.record(z.string(), z.unknown()),
  place: z.tuple([z.number(), z.number()]),
  how: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('call'), seconds: z.number() }),
    z.object({ kind: z.literal('mail'), subject: z.string() }),
  ]),
});
export const SaveContactInput = Contact.omit({ id: true, favourite: true }).extend({
  stars: z.int().min(1).max(5).default(3),
});

export const StartRunInput = z.object({
  clientKey: z.string().min(1).max(200),
  agentId: z.string(),
  message: z.string().trim().min(1),
});
export const RunStarted = z
  .object({ runId: z.string(), conversationId: z.string(), userMessageId: z.string(), status: z.string() })
  .meta({ id: 'RunStarted' });
export const RunAccepted = RunStarted.extend({ type: z.literal('run.accepted'), seq: z.literal(0) });
export const StartedEvent = z.union([RunAccepted, FollowedEvent]);
const lastEventId = z.string().max(64).nullish();
export const FollowRunInput = z.object({ runId: z.string(), lastEventId });
export const StartAndFollowInput = StartRunInput.extend({ lastEventId });
export const CancelRunInput = z.union([z.object({ runId: z.string() }), z.object({ clientKey: z.string() })]);

export const Token = z.object({ accessToken: z.string(), expiresAt: z.iso.datetime() });
/** What the SDK reads of a session; the real one says more. */
export const SessionView = z
  .object({
    kind: z.enum(['guest', 'member']),
    user: z.object({ id: z.string(), displayName: z.string() }),
    organisation: z.object({ id: z.string(), role: z.string().nullable() }),
    tier: z.string(),
    scopes: z.array(z.string()),
  })
  .meta({ id: 'Session' });
export const SignedOut = z.object({ signedOut: z.literal(true) });
export const Nothing = z.object({}).optional();
export const ProbeInput = z.object({
  key: z.string(),
  waitMs: z.int().default(0),
  padding: z.string().optional(),
});
export const ProbeOutput = z.object({ key: z.string(), user: z.string().nullable(), calls: z.int() });
