import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { initTRPC } from '@trpc/server';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { collectProcedures } from '../../sdk/tools/collect-procedures.ts';
import { contractFiles } from '../../sdk/tools/contract-files.ts';
import { contractFaults, driftSummary } from '../../sdk/tools/guard.ts';
import { schemaNames } from '../../sdk/tools/schema-names.ts';
import { fixtureContract } from './fixture-contract.ts';

const facts = { appIds: ['crm'], tiers: ['repx0'], failureCodes: ['a.b'], failureKinds: ['invalid'] };

/** The text of every file of a contract with one query. */
function contractOf(input: z.ZodType, output: z.ZodType, names: Record<string, unknown> = {}): string {
  const t = initTRPC.meta<object>().create();
  const meta = { operation: 'x', needs: 'public', summary: 'Does it.', output };
  const router = t.router({
    thing: t.router({
      get: t.procedure
        .meta(meta)
        .input(input)
        .query(() => null),
    }),
  });
  return [...contractFiles(collectProcedures(router), schemaNames([names]), facts).values()].join('\n');
}

test('the fixture router gives the contract that is checked in, byte for byte, every time', () => {
  const folder = join(import.meta.dirname, 'fixture-contract');
  for (const [name, text] of fixtureContract()) expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
  expect([...fixtureContract()]).toEqual([...fixtureContract()]);
});

test('a default is optional for callers and certain for receivers, under two names', () => {
  const Settings = z.object({ size: z.int().default(5) });
  const text = contractOf(Settings, z.object({ settings: Settings }), { Settings });
  expect(text).toMatch(/export interface SettingsInput \{\n {2}\/\*\* Default: 5. \*\/\n {2}size\?: number;/);
  expect(text).toMatch(/export interface Settings \{\n {2}size: number;/);
});

test('descriptions and bounds become JSDoc, and cannot end the comment', () => {
  const text = contractOf(z.object({ q: z.string().min(2).max(9).describe('Find */ this.') }), z.void());
  expect(text).toContain('/** Find *\\/ this. From 2 to 9 characters. */');
  expect(text).toContain('/** Does it. */');
});

test('a described copy of a named schema keeps its name', () => {
  const Money = z.object({ cents: z.int() });
  const text = contractOf(z.void(), z.object({ price: Money.describe('What it costs.').nullable() }), {
    Money,
  });
  expect(text).toContain('price: Money | null;');
});

test.each([
  ['a date', z.date()],
  ['a transform', z.string().transform(Number)],
  ['a custom type', z.custom<Date>()],
  ['a map', z.map(z.string(), z.string())],
  ['any', z.any()],
  ['a bigint', z.bigint()],
])('%s has no JSON form and stops the build', (_, schema) => {
  expect(() => contractOf(z.void(), z.object({ field: schema }))).toThrow(/ThingGetOutput.field: a zod/);
});

test('a procedure without a result schema stops the build, and so does a subscription without an item', () => {
  const t = initTRPC.meta<object>().create();
  const query = t.router({ bare: t.procedure.query(() => 1) });
  expect(() => collectProcedures(query)).toThrow('bare: meta.output holds no schema');
  const stream = t.router({ bare: t.procedure.subscription(async function* () {}) });
  expect(() => collectProcedures(stream)).toThrow('bare: meta.item holds no schema');
});

test('two different types of one name stop the build', () => {
  const one = z.object({ a: z.string() }).meta({ id: 'Clash' });
  const two = z.object({ b: z.string() });
  expect(() => contractOf(one, two, { Clash: two })).toThrow('two different types are called Clash');
});

test('the guard finds imports from outside, server names, and nothing in the contract itself', () => {
  const files = new Map([
    ['a.ts', "import type { X } from './b.ts';\nimport type { Y } from '../server/y.ts';\n"],
    ['b.ts', 'export interface X {\n  systemPrompt: string;\n}\n'],
  ]);
  expect(contractFaults(files)).toEqual([
    'a.ts:2: imports ../server/y.ts, which is not part of the contract',
    "b.ts:2: the server's word 'systemPrompt'",
  ]);
  expect(contractFaults(fixtureContract())).toEqual([]);
});

test('drift is told by file and line', () => {
  const drift = driftSummary(
    new Map([['a.ts', 'new\nsame']]),
    new Map([
      ['a.ts', 'old\nsame'],
      ['z.ts', ''],
    ]),
  );
  expect(drift).toEqual([
    'a.ts: +1 -1 lines',
    '    + new',
    '    - old',
    'z.ts: no longer part of the contract',
  ]);
});

test('an optional wrapper around a schema with the name of the procedure does not refer to itself', () => {
  const ThingGetInput = z.object({ q: z.string() }).meta({ id: 'ThingGetInput' });
  const text = contractOf(ThingGetInput.optional(), z.void());
  expect(text).toContain('export type OptionalThingGetInput = ThingGetInput | undefined;');
});
