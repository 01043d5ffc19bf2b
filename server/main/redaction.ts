/** Names whose values never leave, whatever their case and separators: `api_key`, `X-Api-Key`, `apiKey`. */
const secretName =
  /^(.*(authorization|cookie|password|passwd|secret|apikey|signingkey|privatekey|eventkey)|(.*(access|refresh|bearer|id|rest|auth|session))?token)$/;
const credentials: readonly (readonly [RegExp, string])[] = [
  [/Bearer\s+[\w.~+/=-]{8,}/gi, '[redacted]'],
  [/eyJ[\w-]{8,}(\.[\w-]*){0,2}/g, '[redacted]'],
  [/\b(sk|signkey)-[\w-]{8,}/g, '[redacted]'],
  [/(:\/\/[^:/\s]*:)[^@\s]+@/g, '$1[redacted]@'],
];
const MAX_DEPTH = 8;

/** A text without the credentials that can be told by their form. */
export function scrub(text: string): string {
  return credentials.reduce((clean, [form, mark]) => clean.replace(form, mark), text);
}

/** What may be logged of any value: secrets by name and by form left out at every depth, errors as their facts. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrub(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[deeper]';
  if (value instanceof Error) return errorFacts(value, depth);
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return redactFields(value, depth);
}

/** The fields of a log line, made fit to write. */
export function redactFields(fields: object, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      isSecret(name) ? '[redacted]' : redact(value, depth + 1),
    ]),
  );
}

function isSecret(name: string): boolean {
  return secretName.test(name.replace(/[-_]/g, '').toLowerCase());
}

/** What an error says without what it carried: drivers attach statements and parameters, vendors attach headers. */
function errorFacts(error: Error, depth: number): object {
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const cause = error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) };
  const several = error instanceof AggregateError ? { errors: redact(error.errors, depth + 1) } : {};
  return {
    type: error.name,
    // Drizzle puts the parameters of a statement, which are people's data, into its message.
    message: scrub(error.message.replace(/\nparams: [\s\S]*$/, '')),
    ...code,
    stack: (error.stack ?? '')
      .split('\n')
      .filter((line) => line.startsWith('    at '))
      .join('\n'),
    ...cause,
    ...several,
  };
}
