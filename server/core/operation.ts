import type { z } from 'zod';
import type { Access } from '../../db/tx.ts';
import { authorise } from './authorise.ts';
import type { Call, Needs, ScopedCall, UnscopedCall } from './call.ts';
import { databaseFailure } from './database-failure.ts';
import { Failure, toFailure } from './failure.ts';
import { answerOnce } from './idempotency.ts';
import type { Feature } from './plans.ts';
import { auditImpersonated, openScope } from './scoped.ts';
import { refuseUnstorableText } from './storable-text.ts';
import { invalidInput } from './validation.ts';

interface Definition<I extends z.ZodType, O extends z.ZodType> {
  /** `module.verbNoun`, the same word on every door. */
  readonly name: string;
  /** One sentence for the reference and the SDK's doc comment. */
  readonly summary: string;
  readonly kind: 'query' | 'mutation';
  readonly needs: Needs;
  /** What the caller's plan must include. */
  readonly feature?: Feature;
  readonly input: I;
  readonly output: O;
  /** Seconds a shared cache may keep the answer; only for queries whose answer is the same for everyone. */
  readonly cacheSeconds?: number;
  /** For a query whose answer leaves an audit row, as a write does. */
  readonly isOnRecord?: boolean;
  /** Done once before the transaction, which may be repeated: counting against a budget. Throws to refuse. */
  readonly admit?: (call: Call, input: z.output<I>) => Promise<void>;
  /** The input's own idempotency key, where the contract carries one; it goes before the caller's header. */
  readonly keyOf?: (input: z.output<I>) => string;
}

export interface Operation<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly definition: Definition<I, O>;
  /** Validates the input, then `execute`s. Throws a Failure for everything that is expected to go wrong. */
  run(call: Call, input: unknown): Promise<z.output<O>>;
  /** For doors that have validated the input with `definition.input` already. */
  execute(call: Call, input: z.output<I>): Promise<z.output<O>>;
}

/**
 * An act of the product in one transaction of the caller's organisation. The wrapper checks the scope, validates,
 * opens the transaction (read-only for queries), answers a repeated idempotency key from the stored result, and
 * writes audit row and effects in the same transaction; what `afterCommit` collected runs once it is durable.
 */
export function operation<I extends z.ZodType, O extends z.ZodType>(
  definition: Definition<I, O>,
  body: (call: ScopedCall, input: z.output<I>) => Promise<z.input<O>>,
): Operation<I, O> {
  const isQuery = definition.kind === 'query';
  const access: Access = isQuery && definition.isOnRecord !== true ? 'read' : 'write';
  return wrap(definition, async (call, input) => {
    await definition.admit?.(call, input);
    return openScope(call, definition.name, access, (scoped) => {
      const act = async () => check(definition, await body(scoped, input));
      const key = definition.keyOf?.(input) ?? call.idempotencyKey;
      return !isQuery && key !== null ? answerOnce(scoped, definition, { key, input }, act) : act();
    });
  });
}

/** An act without a transaction of its own: public reads from code, and acts that span several transactions. */
export function unscopedOperation<I extends z.ZodType, O extends z.ZodType>(
  definition: Definition<I, O>,
  body: (call: UnscopedCall, input: z.output<I>) => Promise<z.input<O>>,
): Operation<I, O> {
  return wrap(definition, async (call, input) => {
    const unscoped: UnscopedCall = {
      ...call,
      inScope: (access, inner) => openScope(call, definition.name, access, inner),
    };
    return check(definition, await body(unscoped, input));
  });
}

function wrap<I extends z.ZodType, O extends z.ZodType>(
  definition: Definition<I, O>,
  act: (call: Call, input: z.output<I>) => Promise<z.output<O>>,
): Operation<I, O> {
  const execute = async (call: Call, input: z.output<I>): Promise<z.output<O>> => {
    const started = performance.now();
    let outcome = 'ok';
    try {
      authorise(definition, call);
      await auditImpersonated(call, definition.name);
      refuseUnstorableText(input);
      return await act(call, input);
    } catch (error) {
      const failure = toFailure(databaseFailure(error));
      outcome = failure.code;
      throw failure;
    } finally {
      call.ports.metrics.operation(definition.name, outcome, (performance.now() - started) / 1000);
    }
  };
  return {
    definition,
    execute,
    async run(call, input) {
      const parsed = definition.input.safeParse(input);
      if (!parsed.success) throw invalidInput(parsed.error);
      return execute(call, parsed.data);
    },
  };
}

function check<O extends z.ZodType>(definition: { name: string; output: O }, value: unknown): z.output<O> {
  const parsed = definition.output.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Failure('server.internal', {
    cause: new Error(`${definition.name} produced a wrong output`, { cause: parsed.error }),
  });
}
