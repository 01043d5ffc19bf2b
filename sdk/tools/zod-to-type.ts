import type { $ZodType, $ZodTypes } from 'zod/v4/core';
import type { Direction } from './direction.ts';
import { docBlock, fieldDoc } from './json-doc.ts';

/** Where a schema sits while it is rendered: for names, and for the text of an error. */
export interface Place {
  readonly direction: Direction;
  readonly path: string;
  /** The name of the type a schema must be referred to by, when it has one. */
  reference(schema: $ZodType, place: Place): string | undefined;
}

/** A schema that has no faithful TypeScript form on a JSON wire. The build stops here instead of guessing. */
export class UnsupportedSchema extends Error {
  constructor(kind: string, path: string) {
    super(`${path}: a zod '${kind}' has no place in the contract; use a JSON type`);
    this.name = 'UnsupportedSchema';
  }
}

/** The TypeScript type expression of a schema, in syntax TypeScript 4.9 parses. Throws UnsupportedSchema. */
export function typeOf(schema: $ZodType, place: Place): string {
  return place.reference(schema, place) ?? bodyOf(schema, place);
}

/** As `typeOf`, but never a reference: the body a named type is declared with. */
export function bodyOf(schema: $ZodType, place: Place): string {
  const { def } = known(schema)._zod;
  switch (def.type) {
    case 'string':
      return 'string';
    case 'number':
      return 'number';
    case 'boolean':
    case 'unknown':
    case 'null':
    case 'undefined':
    case 'void':
    case 'never':
      return def.type;
    case 'literal':
      return union(def.values.map((value) => literal(value, place)));
    case 'enum':
      return union(Object.values(def.entries).map((value) => literal(value, place)));
    case 'nullable':
      return union([typeOf(def.innerType, place), 'null']);
    case 'optional':
      return union([typeOf(def.innerType, place), 'undefined']);
    case 'default':
    case 'prefault':
      return place.direction === 'input'
        ? union([typeOf(def.innerType, place), 'undefined'])
        : typeOf(def.innerType, place);
    case 'nonoptional':
    case 'readonly':
      return typeOf(def.innerType, place);
    case 'array':
      return arrayOf(typeOf(def.element, { ...place, path: `${place.path}[]` }));
    case 'tuple':
      return tupleType(def, place);
    case 'union':
      return union(def.options.map((option, index) => typeOf(option, step(place, `|${index}`))));
    case 'intersection':
      return `${operand(typeOf(def.left, place))} & ${operand(typeOf(def.right, place))}`;
    case 'record':
      return recordType(def, place);
    case 'object':
      return objectType(def, place);
    case 'pipe':
      return typeOf(place.direction === 'input' ? def.in : def.out, place);
    case 'lazy':
      if (place.path.length > 400)
        throw new UnsupportedSchema('recursive schema without a name', place.path.slice(0, 80));
      return typeOf(def.getter(), place);
    default:
      throw new UnsupportedSchema(def.type, place.path);
  }
}

type DefOf<T extends $ZodTypes['_zod']['def']['type']> = Extract<$ZodTypes['_zod']['def'], { type: T }>;

function tupleType(def: DefOf<'tuple'>, place: Place): string {
  const items = def.items.map((item, index) => typeOf(item, step(place, `[${index}]`)));
  const rest = def.rest ? [`...${arrayOf(typeOf(def.rest, step(place, '[…]')))}`] : [];
  return `[${[...items, ...rest].join(', ')}]`;
}

function recordType(def: DefOf<'record'>, place: Place): string {
  const key = typeOf(def.keyType, step(place, '{key}'));
  const value = typeOf(def.valueType, step(place, '{value}'));
  const record = `Record<${key}, ${value}>`;
  return def.partial ? `Partial<${record}>` : record;
}

function objectType(def: DefOf<'object'>, place: Place): string {
  const lines: string[] = [];
  for (const [key, field] of Object.entries(def.shape)) {
    const inner = step(place, `.${key}`);
    const mark = place.direction === 'input' ? field._zod.optin : field._zod.optout;
    const text = typeOf(field, inner);
    lines.push(...docBlock(fieldDoc(field, place.direction)));
    lines.push(`${propertyKey(key)}${mark ? '?' : ''}:${spaced(mark ? withoutUndefined(text) : text)};`);
  }
  if (def.catchall && def.catchall._zod.def.type !== 'never') {
    lines.push(`[key: string]: ${typeOf(def.catchall, step(place, '.*'))};`);
  }
  if (lines.length === 0) return 'Record<string, never>';
  return `{\n${indent(lines.join('\n'))}\n}`;
}

function literal(value: unknown, place: Place): string {
  if (typeof value === 'string') return `'${value.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n')}'`;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  throw new UnsupportedSchema(`literal of ${typeof value}`, place.path);
}

/** Every schema made by zod is one of the known kinds; the base type only hides which. */
function known(schema: $ZodType): $ZodTypes {
  return schema as $ZodTypes;
}

function step(place: Place, path: string): Place {
  return { ...place, path: place.path + path };
}

function union(members: readonly string[]): string {
  const parts = [...new Set(members)];
  const short = parts.join(' | ');
  if (parts.length < 2 || (short.length <= 90 && !short.includes('\n'))) return short;
  return `\n${parts.map((part) => (part.startsWith('\n') ? part.slice(1) : indent(`| ${part}`))).join('\n')}`;
}

function operand(text: string): string {
  return text.includes('|') ? `(${text})` : text;
}

/** A long union begins on a line of its own; everything else follows a space. */
export function spaced(type: string): string {
  return type.startsWith('\n') ? type : ` ${type}`;
}

function arrayOf(element: string): string {
  return /^[A-Za-z]\w*$/.test(element) ? `${element}[]` : `Array<${element}>`;
}

function withoutUndefined(text: string): string {
  return text.endsWith(' | undefined') ? text.slice(0, -' | undefined'.length) : text;
}

function propertyKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : `'${key}'`;
}

export function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
