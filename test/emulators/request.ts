import type { IncomingMessage } from 'node:http';

/** The whole body as text. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** A JSON value as an object; whatever is not one has no fields. */
export function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** The fields of a JSON text; none when it is not JSON. */
export function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return fields(JSON.parse(text));
  } catch {
    return {};
  }
}

/** The first value of a header. */
export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** How much of the prompt a part of it is, whether it is text or structured. */
export function lengthOf(part: unknown): number {
  return typeof part === 'string' ? part.length : (JSON.stringify(part)?.length ?? 0);
}

/** The names of the tools a request has. */
export function namesOf(tools: unknown): string[] {
  return Array.isArray(tools) ? tools.map((tool) => String(fields(tool).name)) : [];
}

/** The schema of a format both vendors call `json_schema`; undefined for free text. */
export function schemaOf(format: unknown): unknown {
  const { type, schema } = fields(format);
  return type === 'json_schema' ? schema : undefined;
}
