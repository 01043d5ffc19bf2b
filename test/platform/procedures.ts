import type { z } from 'zod';
import { appRouter } from '../../server/rpc/router.ts';
import type { ProcedureMeta } from '../../server/rpc/trpc.ts';

/** A procedure as the walks over the router see it. */
export interface Walked {
  readonly path: string;
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly meta: ProcedureMeta;
  readonly inputs: readonly unknown[];
}

/** Every procedure of the one router tree. */
export const procedures: readonly Walked[] = Object.entries(
  appRouter._def.procedures as Record<string, unknown>,
).map(([path, procedure]) => {
  const { type, meta, inputs } = (procedure as { _def: Omit<Walked, 'path'> })._def;
  return { path, type, meta, inputs };
});

/** Whether the procedure's input has a field of this name, whatever wraps the object. */
export function takes({ inputs }: Walked, field: string): boolean {
  let schema = inputs[0] as z.core.$ZodType | undefined;
  for (;;) {
    const def = schema?._zod.def as { innerType?: z.core.$ZodType; shape?: object } | undefined;
    if (def?.innerType === undefined) return def?.shape !== undefined && field in def.shape;
    schema = def.innerType;
  }
}
