import { z } from 'zod';
import { idPattern } from '../../core/ids.ts';

const DataRequestId = z.string().regex(idPattern('dataRequest'), 'must be the id of a data request');
export const NothingInput = z.object({}).optional();
export const DataRequestInput = z.object({ id: DataRequestId });
export const ErasureInput = z.object({
  confirm: z
    .string()
    .min(1)
    .max(200)
    .describe(
      'Your e-mail address for yourself (your name, where you have none), the name for an organisation: typed, not prefilled.',
    ),
});

export const DataRequestView = z
  .object({
    id: z.string(),
    kind: z.enum(['export', 'erasure']),
    status: z
      .enum(['waiting', 'running', 'done', 'cancelled'])
      .describe('`waiting`: an erasure can be cancelled until `dueAt`.'),
    seq: z.int().describe('Grows with every change; an answer with a lower one is older.'),
    progress: z.number().min(0).max(100),
    createdAt: z.iso.datetime(),
    dueAt: z.iso.datetime().describe('When the work begins.'),
    endedAt: z.iso.datetime().nullable(),
    download: z
      .object({ url: z.string(), expiresAt: z.iso.datetime() })
      .nullable()
      .describe('A finished export as JSON; whoever has the link can open it until it expires.'),
  })
  .meta({ id: 'DataRequest' });
export type DataRequestView = z.output<typeof DataRequestView>;
export const DataRequestList = z.object({ items: z.array(DataRequestView) }).meta({ id: 'DataRequestList' });
