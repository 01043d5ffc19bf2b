import { z } from 'zod';
import { invalid, type StripeFailure } from '../kernel/failure.ts';

// Parameters as they arrive: every scalar is a string, '' unsets.

export const text = z.string().max(5000);
export const int = z
  .string()
  .regex(/^-?\d+$/, 'Invalid integer')
  .transform(Number);
export const bool = z.enum(['true', 'false']).transform((value) => value === 'true');
export const decimal = z.string().regex(/^-?\d+(\.\d{1,12})?$/, 'Invalid decimal');
/** '' unsets what was set. */
export const orUnset = <T extends z.ZodType>(type: T) => z.union([z.literal(''), type]);
/** At most 50 keys of 40 letters with values of 500, as Stripe limits them; '' as a value deletes the key. */
export const metadata = orUnset(z.record(z.string().max(40), z.string().max(500)));
export const instant = z.union([z.literal('now'), int]);

const expand = z.array(z.string()).optional();

/** The parameters of an operation; one it does not know is refused, as Stripe refuses it. */
export function params<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject({ ...shape, expand });
}

const range = z.union([
  int.transform((at) => ({ gte: at, lte: at })),
  z.strictObject({ gt: int.optional(), gte: int.optional(), lt: int.optional(), lte: int.optional() }),
]);

export type Range = {
  gt?: number | undefined;
  gte?: number | undefined;
  lt?: number | undefined;
  lte?: number | undefined;
};

/** The parameters of a list: filters, and Stripe's cursors. */
export function listParams<S extends z.ZodRawShape>(shape: S) {
  return params({
    ...shape,
    created: range.optional(),
    limit: int.pipe(z.number().min(1).max(100)).optional(),
    starting_after: text.optional(),
    ending_before: text.optional(),
  });
}

/** The value, or Stripe's refusal of the first parameter that is wrong. */
export function readParams<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw refusalOf(read.error.issues[0]);
}

function refusalOf(issue: z.core.$ZodIssue | undefined): StripeFailure {
  const path = issue?.path ?? [];
  if (issue?.code === 'unrecognized_keys') {
    const param = bracketed([...path, issue.keys[0] ?? '']);
    return invalid(`Received unknown parameter: ${param}`, { code: 'parameter_unknown', param });
  }
  const param = bracketed(path);
  if (issue?.code === 'invalid_type' && issue.input === undefined && issue.message.includes('undefined'))
    return invalid(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
  return invalid(`Invalid ${param}: ${issue?.message ?? 'not understood'}`, { param });
}

function bracketed(path: readonly PropertyKey[]): string {
  const [head, ...rest] = path.map(String);
  return `${head ?? ''}${rest.map((part) => `[${part}]`).join('')}`;
}

/** Metadata after an update: given keys are set, '' deletes a key, '' for the whole deletes all. */
export function mergeMetadata(
  held: Readonly<Record<string, string>> | null,
  given: '' | Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  if (given === '') return {};
  const merged = { ...held, ...given };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ''));
}
