import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { z } from 'zod';
import { beginIdempotent, finishIdempotent } from '../../db/queries/operations.ts';
import { actorId } from './actor.ts';
import type { ScopedCall } from './call.ts';
import { Failure } from './failure.ts';

/** How long a key answers with its first result. Source: design/streaming.md P1. */
export const IDEMPOTENCY_TTL_MS = 24 * 60 * 60 * 1000;

/**
 * Runs `act` at most once for a key. The key's row is inserted in the same transaction as the act, so a
 * concurrent second call waits on it and then finds the result; another input under the key is a conflict.
 */
export async function answerOnce<O extends z.ZodType>(
  call: ScopedCall,
  definition: { readonly name: string; readonly output: O },
  keyed: { readonly key: string; readonly input: unknown },
  act: () => Promise<z.output<O>>,
): Promise<z.output<O>> {
  const key = {
    actorId: actorId(call.actor),
    operation: definition.name,
    key: keyed.key,
  };
  const inputHash = hashInput(keyed.input);
  const expiresAt = new Date(call.ports.clock.now() + IDEMPOTENCY_TTL_MS);
  const earlier = await beginIdempotent(call.scope, {
    ...key,
    inputHash,
    requestId: call.requestId,
    expiresAt,
  });
  if (earlier === null) {
    const result = await act();
    await finishIdempotent(call.scope, key, result);
    return result;
  }
  if (earlier.inputHash !== inputHash) throw new Failure('idempotency.conflict');
  if (earlier.state !== 'done') throw new Failure('idempotency.in-progress', { retryAfterMs: 500 });
  call.repeated();
  return definition.output.parse(earlier.result);
}

function hashInput(input: unknown): string {
  return createHash('sha256')
    .update(canonicalize(input ?? null) ?? 'null')
    .digest('base64url');
}
