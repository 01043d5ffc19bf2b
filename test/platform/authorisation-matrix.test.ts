import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppId } from '../../server/core/apps.ts';
import { type Tier, tiers } from '../../server/core/tiers.ts';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { type Caller, matrixCallers } from './matrix-callers.ts';
import { type Expectation, expectations } from './matrix-expectations.ts';
import { procedures } from './procedures.ts';

let server: TestBackend;
let callers: Caller[];

beforeAll(async () => {
  server = await testBackend();
  callers = await matrixCallers(server);
});
afterAll(() => server[Symbol.asyncDispose]());

/** The plan that works in the canvas app. Source: product decisions. */
const CANVAS_FROM: Tier = 'repx2';
const isBelow = (tier: Tier, least: Tier) => tiers.indexOf(tier) < tiers.indexOf(least);

type Verdict = 'allowed' | 'auth.required' | 'auth.not-allowed' | 'plan.upgrade-required';

/** What should come of a call, by the table alone. */
function expected(row: Expectation, caller: Caller, app: AppId): Verdict {
  const { kind, role, tier } = caller;
  if (kind === 'anonymous') return row.anonymous ? 'allowed' : 'auth.required';
  const least = [
    ...(row.from === undefined ? [] : [row.from]),
    ...(row.work && app === 'canvas' ? [CANVAS_FROM] : []),
  ];
  const planFits = least.every((plan) => !isBelow(tier, plan));
  if (kind === 'guest') return row.guest && planFits ? 'allowed' : 'auth.required';
  const mayByKind: Record<Exclude<Caller['kind'], 'anonymous' | 'guest'>, boolean> = {
    member: row.roles.includes(role),
    apiKey: row.apiKey === true,
    impersonation: row.impersonation === true,
    staff: row.staff === true || row.roles.includes(role),
  };
  if (!mayByKind[kind]) return 'auth.not-allowed';
  return planFits ? 'allowed' : 'plan.upgrade-required';
}

/** What does come of it: the doors authorise before they look at the input, so a wrong one changes nothing. */
async function actual(path: string, type: string, caller: Caller, app: AppId): Promise<string> {
  // A guest's calls a minute would not last for the whole matrix.
  const token = caller.kind === 'guest' ? await server.guest() : caller.token;
  const options = {
    headers: { 'x-repspheres-app': app },
    ...(token === undefined ? {} : { token }),
  };
  const answer = await (type === 'mutation'
    ? server.mutate(path, 5, options)
    : server.query(path, 5, options));
  return answer.failure?.code === 'request.invalid' ? 'allowed' : (answer.failure?.code ?? 'answered');
}

test('has an expectation for every procedure, and none for one that is gone', () => {
  expect(Object.keys(expectations).sort()).toEqual(procedures.map(({ path }) => path).sort());
});

describe('role × plan × app', () => {
  test.each(procedures)('$path', async ({ path, type }) => {
    const row = expectations[path] ?? { roles: [] };
    const apps: readonly AppId[] = ['repconnect', 'canvas'];
    const cells = apps.flatMap((app) => callers.map((caller) => ({ app, caller })));
    const seen: Record<string, string> = {};
    const wanted: Record<string, string> = {};
    await Promise.all(
      cells.map(async ({ app, caller }) => {
        const cell = `${caller.name} in ${app}`;
        wanted[cell] = expected(row, caller, app);
        seen[cell] = await actual(path, type, caller, app);
      }),
    );
    expect(Object.keys(seen)).toHaveLength(2 * (5 * tiers.length + 5));
    expect(seen).toEqual(wanted);
  });
});

test('a refusal for the plan names the plan that would do', async () => {
  const caller = callers.find(({ name }) => name === 'rep repx1');
  const answer = await server.query('conversations.list', undefined, {
    ...(caller?.token === undefined ? {} : { token: caller.token }),
    headers: { 'x-repspheres-app': 'canvas' },
  });
  expect(answer.failure).toMatchObject({
    code: 'plan.upgrade-required',
    kind: 'forbidden',
    requiredTier: 'repx2',
  });
});
