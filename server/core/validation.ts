import type { z } from 'zod';
import { Failure } from './failure.ts';

const MAX_FIELDS = 20;

/** A `request.invalid` that names each wrong field by path, at most 20 of them; values are never repeated. */
export function invalidInput(error: z.core.$ZodError): Failure {
  const fields = error.issues.slice(0, MAX_FIELDS).map((issue) => ({
    path: issue.path.map(String).join('.'),
    message: issue.message,
  }));
  return new Failure('request.invalid', { fields });
}
