import type { z } from 'zod';
import { authorise } from './authorise.ts';
import type { Call, Needs } from './call.ts';
import { databaseFailure } from './database-failure.ts';
import { toFailure } from './failure.ts';
import type { Feature } from './plans.ts';
import type { PushStream } from './push-stream.ts';
import { auditImpersonated } from './scoped.ts';

/** An item and the id to resume after it. */
export interface StreamItem {
  readonly id: string;
  readonly data: unknown;
}

interface Definition<I extends z.ZodType, Item extends z.ZodType> {
  readonly name: string;
  readonly summary: string;
  readonly needs: Needs;
  readonly feature?: Feature;
  readonly input: I;
  /** What each item carries; a tracked item carries it under its event id. */
  readonly item: Item;
}

export interface Subscription<I extends z.ZodType = z.ZodType, Item extends z.ZodType = z.ZodType> {
  readonly definition: Definition<I, Item>;
  open(call: Call, input: z.output<I>): Promise<PushStream<StreamItem>>;
}

/** A stream of the product: authorised at every (re)subscription, opened by `body`, closed by its reader. */
export function subscription<I extends z.ZodType, Item extends z.ZodType>(
  definition: Definition<I, Item>,
  body: (call: Call, input: z.output<I>) => Promise<PushStream<StreamItem>>,
): Subscription<I, Item> {
  return {
    definition,
    async open(call, input) {
      try {
        authorise(definition, call);
        await auditImpersonated(call, definition.name);
        return await body(call, input);
      } catch (error) {
        throw toFailure(databaseFailure(error));
      }
    },
  };
}
