import type { $ZodType } from 'zod/v4/core';
import { isSchema } from './collect-procedures.ts';

/**
 * The names schemas are exported by. A schema and its type share one PascalCase name, so the export is the type's name.
 * One schema under two names keeps the first in alphabetical order; two schemas under one name stop the build.
 */
export function schemaNames(modules: readonly Readonly<Record<string, unknown>>[]): Map<$ZodType, string> {
  const names = new Map<$ZodType, string>();
  const owners = new Map<string, $ZodType>();
  const exported = modules.flatMap((module) => Object.entries(module));
  for (const [name, value] of exported.sort(([left], [right]) => (left < right ? -1 : 1))) {
    if (!isSchema(value) || !/^[A-Z]/.test(name)) continue;
    const owner = owners.get(name);
    if (owner !== undefined && owner !== value)
      throw new Error(`two schemas are exported as ${name}; rename one`);
    owners.set(name, value);
    if (!names.has(value)) names.set(value, name);
  }
  return names;
}
