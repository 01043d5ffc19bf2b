import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { z } from 'zod';
import {
  beginIdempotent,
  findIdempotent,
  finishIdempotent,
  type IdempotencyRecord,
} from '../../db/queries/operations.ts';
import { actorId } from './actor.ts';
import type { ScopedCall } from './call.ts';
import { Failure } from './failure.ts';

/** How long a key answers with its first result. Source: design/streaming.md P1. */
export const IDEMPOTENCY_TTL_MS = 24 * 60 * 60 * 1000;

interface Answering<O extends z.ZodType> {
  readonly name: string;
  readonly output: O;
}

interface Keyed {
  readonly key: string;
  readonly input: unknown;
}

/**
 * Runs `act` at most once for a key. The key's row is inserted in the same transaction as the act, so a
 * concurrent second call waits on it and then finds the result; another input under the key is a conflict.
 */
export async function answerOnce<O extends z.ZodType>(
  call: ScopedCall,
  definition: Answering<O>,
  keyed: Keyed,
  act: () => Promise<z.output<O>>,
): Promise<z.output<O>> {
  const earlier = await noteBegun(call, definition, keyed);
  if (earlier === null) {
    const result = await act();
    await noteAnswer(call, { definition, keyed }, result);
    return result;
  }
  refuseOtherInput(earlier, keyed);
  if (earlier.state !== 'done') throw new Failure('idempotency.in-progress', { retryAfterMs: 500 });
  call.repeated();
  return definition.output.parse(earlier.result);
}

/**
 * Where an act of several transactions stands under a key, for one that sees to it that it runs alone: `begun` with
 * no answer is an earlier call that was broken off, wherever it had come to.
 */
export async function findAnswer<O extends z.ZodType>(
  call: ScopedCall,
  definition: Answering<O>,
  keyed: Keyed,
): Promise<{ readonly begun: boolean; readonly answer: z.output<O> | null }> {
  const earlier = await findIdempotent(call.scope, refOf(call, definition, keyed));
  if (earlier === null) return { begun: false, answer: null };
  refuseOtherInput(earlier, keyed);
  return {
    begun: true,
    answer: earlier.state === 'done' ? definition.output.parse(earlier.result) : null,
  };
}

/** Notes that an act begins under a key; gives what is noted of it already. */
export function noteBegun(
  call: ScopedCall,
  definition: { readonly name: string },
  keyed: Keyed,
): Promise<IdempotencyRecord | null> {
  return beginIdempotent(call.scope, {
    ...refOf(call, definition, keyed),
    inputHash: hashInput(keyed.input),
    requestId: call.requestId,
    expiresAt: new Date(call.ports.clock.now() + IDEMPOTENCY_TTL_MS),
  });
}

/** Keeps the answer of an act that was noted as begun. */
export function noteAnswer(
  call: ScopedCall,
  { definition, keyed }: { readonly definition: { readonly name: string }; readonly keyed: Keyed },
  answer: unknown,
): Promise<void> {
  return finishIdempotent(call.scope, refOf(call, definition, keyed), answer);
}

function refOf(call: ScopedCall, { name }: { readonly name: string }, { key }: Keyed) {
  return { actorId: actorId(call.actor), operation: name, key };
}

function refuseOtherInput({ inputHash }: IdempotencyRecord, { input }: Keyed): void {
  if (inputHash !== hashInput(input)) throw new Failure('idempotency.conflict');
}

function hashInput(input: unknown): string {
  return createHash('sha256')
    .update(canonicalize(input ?? null) ?? 'null')
    .digest('base64url');
}
