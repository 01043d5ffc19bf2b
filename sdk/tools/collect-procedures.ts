import type { AnyRouter } from '@trpc/server';
import type { $ZodType } from 'zod/v4/core';

/** One procedure as the contract sees it. */
export interface ProcedureContract {
  readonly path: string;
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly input: $ZodType | undefined;
  /** A query's or mutation's result; the item of a subscription. */
  readonly result: $ZodType;
  readonly isPublic: boolean;
  readonly summary: string;
  readonly cacheSeconds: number | undefined;
}

/**
 * Walks a running router. A procedure without a result schema, or with more than one input schema,
 * stops the build: its types could only be guessed.
 */
export function collectProcedures(router: AnyRouter): ProcedureContract[] {
  const found = Object.entries(flatProcedures(router)).map(([path, value]) => contractOf(path, value));
  return found.sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** tRPC keeps its procedures flat, keyed by dotted path; the declared type is the nested record. */
function flatProcedures(router: AnyRouter): Record<string, unknown> {
  return router._def.procedures as Record<string, unknown>;
}

function contractOf(path: string, procedure: unknown): ProcedureContract {
  const def = field(procedure, '_def');
  const kind = field(def, 'type');
  if (kind !== 'query' && kind !== 'mutation' && kind !== 'subscription') {
    throw new Error(`${path}: not a query, mutation or subscription`);
  }
  const inputs = field(def, 'inputs');
  if (!Array.isArray(inputs) || inputs.length > 1)
    throw new Error(`${path}: give one input schema, not several`);
  const meta = field(def, 'meta');
  const result = field(meta, kind === 'subscription' ? 'item' : 'output');
  if (!isSchema(result)) {
    throw new Error(`${path}: meta.${kind === 'subscription' ? 'item' : 'output'} holds no schema`);
  }
  const input: unknown = inputs[0];
  if (input !== undefined && !isSchema(input)) throw new Error(`${path}: its input is not a zod schema`);
  const cacheSeconds = field(meta, 'cacheSeconds');
  return {
    path,
    kind,
    input: takesNothing(input) ? undefined : input,
    result,
    isPublic: field(meta, 'needs') === 'public',
    summary: String(field(meta, 'summary') ?? ''),
    cacheSeconds: typeof cacheSeconds === 'number' ? cacheSeconds : undefined,
  };
}

function takesNothing(input: $ZodType | undefined): boolean {
  const kind = input?._zod.def.type;
  return kind === undefined || kind === 'void' || kind === 'undefined';
}

function field(value: unknown, name: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}

export function isSchema(value: unknown): value is $ZodType {
  return typeof field(field(value, '_zod'), 'def') === 'object';
}
