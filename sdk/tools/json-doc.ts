import type { $ZodType, $ZodTypes } from 'zod/v4/core';
import { globalRegistry } from 'zod/v4/core';
import type { Direction } from './direction.ts';

/** The lines of a JSDoc comment, or none when there is nothing to say. */
export function docBlock(text: string | undefined): string[] {
  const clean = text?.trim().replaceAll('*/', '*\\/');
  if (!clean) return [];
  const lines = clean.split('\n');
  return lines.length === 1 ? [`/** ${lines[0]} */`] : ['/**', ...lines.map((line) => ` * ${line}`), ' */'];
}

/** What a reader should know of a schema: its description, or that of what it wraps. */
export function describe(schema: $ZodType): string | undefined {
  const own = globalRegistry.get(schema)?.description;
  if (own) return own;
  const { def } = (schema as $ZodTypes)._zod;
  return 'innerType' in def ? describe(def.innerType) : undefined;
}

/** The description of a field with its bounds and default: what its type alone cannot say. */
export function fieldDoc(schema: $ZodType, direction: Direction): string | undefined {
  const parts = [describe(schema), direction === 'input' ? inputFacts(schema) : undefined];
  return parts.filter((part) => part !== undefined && part !== '').join(' ') || undefined;
}

function inputFacts(schema: $ZodType): string {
  const { def } = (schema as $ZodTypes)._zod;
  const bounds = schema as Partial<Record<'minLength' | 'maxLength' | 'minValue' | 'maxValue', unknown>>;
  const facts: string[] = [];
  if (def.type === 'string') facts.push(range('characters', bounds.minLength, bounds.maxLength));
  if (def.type === 'number') facts.push(range('', bounds.minValue, bounds.maxValue));
  if ('innerType' in def) facts.push(inputFacts(def.innerType));
  if (def.type === 'default') facts.push(`Default: ${JSON.stringify(def.defaultValue)}.`);
  return facts.filter((fact) => fact !== '').join(' ');
}

function range(unit: string, low: unknown, high: unknown): string {
  const least = isBound(low) ? String(low) : undefined;
  const most = isBound(high) ? String(high) : undefined;
  const suffix = unit && ` ${unit}`;
  if (least !== undefined && most !== undefined) return `From ${least} to ${most}${suffix}.`;
  if (most !== undefined) return `At most ${most}${suffix}.`;
  return least === undefined || least === '0' ? '' : `At least ${least}${suffix}.`;
}

/** zod gives every integer the safe-integer bounds; those say nothing to a reader. */
function isBound(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < Number.MAX_SAFE_INTEGER;
}
