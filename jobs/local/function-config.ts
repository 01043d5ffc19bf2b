import { z } from 'zod';
import { durationMs } from './durations.ts';
import { expressionFault } from './expressions.ts';

const Expression = z.string().superRefine((text, ctx) => {
  const fault = expressionFault(text);
  if (fault) ctx.addIssue({ code: 'custom', message: `"${text}" is not a CEL expression: ${fault}` });
});

const Duration = z.string().transform((text, ctx) => {
  try {
    return durationMs(text);
  } catch {
    ctx.addIssue({ code: 'custom', message: `"${text}" is not a duration` });
    return z.NEVER;
  }
});

const Window = z.strictObject({ key: Expression.optional(), limit: z.int().min(1), period: Duration });
const Concurrency = z.strictObject({
  limit: z.int().min(1),
  key: Expression.optional(),
  scope: z.enum(['fn', 'env', 'account']).default('fn'),
});

/**
 * What a function registers, as Inngest's SDK sends it. Strict: an option that is not listed here is refused with
 * its name (`throttle.burst`, `cron` jitter and whatever later SDKs add), never ignored.
 */
const FunctionConfig = z.strictObject({
  id: z.string(),
  name: z.string().optional(),
  triggers: z.array(
    z.union([
      z.strictObject({ event: z.string(), expression: Expression.optional() }),
      z.strictObject({ cron: z.string() }),
    ]),
  ),
  steps: z.strictObject({
    step: z.strictObject({
      id: z.string(),
      name: z.string(),
      runtime: z.strictObject({ type: z.literal('http'), url: z.url() }),
      retries: z.strictObject({ attempts: z.int().min(0).optional() }).optional(),
    }),
  }),
  concurrency: z
    .union([
      z
        .int()
        .min(1)
        .transform((limit) => [{ limit, scope: 'fn' as const, key: undefined }]),
      Concurrency.transform((one) => [one]),
      z.array(Concurrency).max(2),
    ])
    .default([]),
  cancel: z
    .array(z.strictObject({ event: z.string(), if: Expression.optional(), timeout: z.string().optional() }))
    .default([]),
  idempotency: Expression.optional(),
  rateLimit: Window.optional(),
  throttle: Window.optional(),
  singleton: z.strictObject({ key: Expression.optional(), mode: z.enum(['skip', 'cancel']) }).optional(),
  debounce: z
    .strictObject({ key: Expression.optional(), period: Duration, timeout: Duration.optional() })
    .optional(),
  batchEvents: z
    .strictObject({
      maxSize: z.int().min(1).max(1_000),
      timeout: Duration,
      key: Expression.optional(),
      if: Expression.optional(),
    })
    .optional(),
  priority: z.strictObject({ run: Expression.optional() }).default({}),
  timeouts: z.strictObject({ start: Duration.optional(), finish: Duration.optional() }).default({}),
});

/** A function the executor can run. Durations are milliseconds. */
export interface LocalFunction extends z.output<typeof FunctionConfig> {
  readonly url: string;
  readonly maxAttempts: number;
}

/** Retries when a function names none: the protocol's default. */
const defaultRetries = 4;

/** Reads registered functions; throws an Error that names every function and option it cannot honour. */
export function readFunctions(configs: readonly unknown[]): LocalFunction[] {
  const faults: string[] = [];
  const functions: LocalFunction[] = [];
  for (const config of configs) {
    const read = FunctionConfig.safeParse(config);
    if (read.success) {
      const { step } = read.data.steps;
      const retries = step.retries?.attempts ?? defaultRetries;
      functions.push({ ...read.data, url: step.runtime.url, maxAttempts: retries + 1 });
    } else {
      const id = z.object({ id: z.string() }).safeParse(config).data?.id ?? 'a function without id';
      faults.push(...read.error.issues.map((issue) => `${id}: ${describe(issue)}`));
    }
  }
  if (faults.length > 0) {
    throw new Error(`The local executor cannot run these functions as configured:\n  ${faults.join('\n  ')}`);
  }
  return functions;
}

function describe(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return `option ${issue.keys.map((key) => (path ? `${path}.${key}` : key)).join(', ')} is not supported`;
  }
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.flat().map(describe);
    return `${path}: ${inner.join(' or ')}`;
  }
  return path ? `${path}: ${issue.message}` : issue.message;
}
