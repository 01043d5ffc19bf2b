import { z } from 'zod';
import { PageInput } from '../../core/page.ts';

export const ListAuditInput = PageInput.prefault({});

export const AuditEntry = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    actor: z
      .object({ kind: z.string(), id: z.string() })
      .describe('Ids, never names: they outlive an erasure.'),
    impersonatorId: z.string().nullable().describe('Who of our staff acted as the actor.'),
    operation: z.string(),
    class: z.string().nullable().describe('Acts with a class are chained by hash.'),
    subject: z.string().nullable(),
    outcome: z.string().describe('`asked`: by our staff, recorded before it was done.'),
    app: z.string().nullable(),
    requestId: z.string(),
    detail: z.record(z.string(), z.unknown()),
    seq: z.int().nullable().describe('Place in the chain, without gaps.'),
    hash: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.output<typeof AuditEntry>;

export const AuditPage = z
  .object({ items: z.array(AuditEntry), nextCursor: z.string().nullable() })
  .meta({ id: 'AuditPage' });
