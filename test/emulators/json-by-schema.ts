import { fields } from './request.ts';

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/**
 * A value that fits a JSON schema of the kind both vendors accept: objects with all their properties, arrays, enums,
 * unions and plain values, without bounds. Texts say which property they are.
 */
export function jsonFor(schema: unknown, name = 'value'): unknown {
  const { type, enum: options, const: fixed, anyOf, properties, items } = fields(schema);
  if (fixed !== undefined) return fixed;
  if (options !== undefined) return listOf(options)[0];
  if (anyOf !== undefined) return jsonFor(listOf(anyOf)[0], name);
  switch (Array.isArray(type) ? type[0] : type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(fields(properties)).map(([key, inner]) => [key, jsonFor(inner, key)]),
      );
    case 'array':
      return [jsonFor(items, name), jsonFor(items, name)];
    case 'integer':
      return 7;
    case 'number':
      return 0.5;
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return `w000001 ${name}`;
  }
}
