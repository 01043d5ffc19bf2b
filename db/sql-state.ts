/** The five-character SQLSTATE of a failed query (drizzle wraps it as the cause), or null for any other error. */
export function sqlState(error: unknown): string | null {
  return databaseError(error)?.code ?? null;
}

/** The constraint an insert or update violated (class 23), or null. */
export function violatedConstraint(error: unknown): string | null {
  const found = databaseError(error);
  return found?.code.startsWith('23') ? (found.constraint_name ?? null) : null;
}

interface DatabaseError {
  readonly code: string;
  readonly routine?: string;
  readonly constraint_name?: string;
}

function databaseError(error: unknown): DatabaseError | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === 'PostgresError' && 'code' in at && /^[0-9A-Z]{5}$/.test(String(at.code))) {
      return at as Error & DatabaseError;
    }
  }
  return null;
}

/** 40001 serialization failure, 40P01 deadlock, and 0A000/26000 a prepared statement outdated by a migration. */
export function isWorthRepeating(error: unknown): boolean {
  const found = databaseError(error);
  if (found === null) return false;
  if (found.code === '0A000') return found.routine === 'RevalidateCachedQuery';
  return found.code === '40001' || found.code === '40P01' || found.code === '26000';
}

/** Whether the connection is of no more use after this: not an answer of the server at all, or its goodbye (57P01…, 08…, 25P03). */
export function breaksConnection(error: unknown): boolean {
  const state = sqlState(error);
  return state === null || /^(57P|08|25P03)/.test(state);
}
