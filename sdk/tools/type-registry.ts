import type { $ZodType } from 'zod/v4/core';
import { globalRegistry } from 'zod/v4/core';
import type { Direction } from './direction.ts';
import { describe, docBlock } from './json-doc.ts';
import { bodyOf, spaced } from './zod-to-type.ts';

/** A declared type of the contract. */
export interface Declaration {
  readonly name: string;
  readonly text: string;
  /** Other declared types its text mentions. */
  readonly uses: ReadonlySet<string>;
}

/** Types that exist before any schema is read, as name and body; a schema of the same name must have the same body. */
export type FixedTypes = ReadonlyMap<string, string>;

/**
 * Gives every named schema one declaration. A schema's name is its meta id or the name it is exported by;
 * where its two directions differ, the one for callers ends with `Input`.
 */
export class TypeRegistry {
  readonly #names: ReadonlyMap<$ZodType, string>;
  readonly #fixed: FixedTypes;
  readonly #declared = new Map<string, Declaration & { readonly body: string }>();
  readonly #open = new Set<string>();
  readonly #different = new Map<$ZodType, boolean>();
  #uses = new Set<string>();

  constructor(names: ReadonlyMap<$ZodType, string>, fixed: FixedTypes) {
    this.#names = names;
    this.#fixed = fixed;
  }

  get declarations(): Declaration[] {
    return [...this.#declared.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** The name of the type of a procedure's input or result, declaring it when it has none of its own. */
  nameFor(schema: $ZodType, direction: Direction, fallback: string): string {
    const named = this.#reference(schema, direction, fallback);
    if (named) return named;
    const { def } = schema._zod;
    if (def.type === 'void' || def.type === 'undefined') return 'void';
    return this.#declare(this.#free(fallback, schema, direction), schema, direction);
  }

  /** A wrapper such as `.optional()` around a schema that has the procedure's own name must not take that name. */
  #free(fallback: string, schema: $ZodType, direction: Direction): string {
    const { def } = schema._zod;
    const inner = 'innerType' in def ? (def.innerType as $ZodType) : undefined;
    const taken = inner && this.#directedName(inner, direction, fallback);
    return taken === fallback ? `Optional${fallback}` : fallback;
  }

  #reference(schema: $ZodType, direction: Direction, path: string): string | undefined {
    const name = this.#directedName(schema, direction, path);
    return name === undefined ? this.#fixedName(schema, path) : this.#declare(name, schema, direction);
  }

  /** An enum whose members are exactly those of a type that exists anyway, such as the apps. */
  #fixedName(schema: $ZodType, path: string): string | undefined {
    if (schema._zod.def.type !== 'enum') return undefined;
    const body = bodyOf(schema, { direction: 'output', path, reference: () => undefined });
    const name = [...this.#fixed].find(([, known]) => known === body)?.[0];
    if (name !== undefined) this.#uses.add(name);
    return name;
  }

  /** `.describe()`, `.meta()` and checks make a copy of a schema without changing its type: the copy keeps the name. */
  #ownName(schema: $ZodType): string | undefined {
    const name = globalRegistry.get(schema)?.id ?? this.#names.get(schema);
    const { parent } = schema._zod;
    return name ?? (parent ? this.#ownName(parent) : undefined);
  }

  #directedName(schema: $ZodType, direction: Direction, path: string): string | undefined {
    const name = this.#ownName(schema);
    if (name === undefined || direction === 'output' || name.endsWith('Input')) return name;
    return this.#differs(schema, path) ? `${name}Input` : name;
  }

  /** Whether callers send another type than they receive; a schema inside itself is taken to be equal. */
  #differs(schema: $ZodType, path: string): boolean {
    const known = this.#different.get(schema);
    if (known !== undefined) return known;
    this.#different.set(schema, false);
    const body = (direction: Direction) =>
      bodyOf(schema, {
        direction,
        path,
        reference: (inner) => this.#directedName(inner, direction, path),
      });
    const differs = body('input') !== body('output');
    this.#different.set(schema, differs);
    return differs;
  }

  #declare(name: string, schema: $ZodType, direction: Direction): string {
    this.#uses.add(name);
    if (this.#open.has(name)) return name;
    this.#open.add(name);
    const outer = this.#uses;
    this.#uses = new Set();
    const reference = (inner: $ZodType) => this.#reference(inner, direction, name);
    const body = bodyOf(schema, { direction, path: name, reference });
    const uses = this.#uses;
    this.#uses = outer;
    this.#open.delete(name);
    this.#keep({ name, body, uses, text: declarationText(name, body, describe(schema)) });
    return name;
  }

  #keep(made: Declaration & { readonly body: string }): void {
    const before = this.#fixed.get(made.name) ?? this.#declared.get(made.name)?.body;
    if (before !== undefined && before !== made.body) {
      throw new Error(`two different types are called ${made.name}; rename one schema`);
    }
    if (before === undefined) this.#declared.set(made.name, made);
  }
}

function declarationText(name: string, body: string, doc: string | undefined): string {
  const head = docBlock(doc);
  const isPlainObject = body.startsWith('{') && body.indexOf('\n}') === body.length - 2;
  const main = isPlainObject ? `export interface ${name} ${body}` : `export type ${name} =${spaced(body)};`;
  return [...head, main].join('\n');
}
