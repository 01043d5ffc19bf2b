import { and, eq, like, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setPersonSuspended } from '../../db/queries/staff.ts';
import { memberships } from '../../db/schema/identity.ts';
import { jobRuns } from '../../db/schema/jobs.ts';
import { auditLog } from '../../db/schema/operations.ts';
import { dataRequests } from '../../db/schema/personal-data.ts';
import { withSystemScope } from '../../db/tx.ts';
import { createJobOperations } from '../../server/main/job-operations.ts';
import { until } from '../jobs/harness.ts';
import { keyOf } from '../platform/matrix-callers.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { system, testDatabase } from '../support/database.ts';
import { colleague, dataOf } from '../support/members.ts';
import { converse, workOff } from './world.ts';

interface View {
  readonly id: string;
  readonly status: string;
  readonly seq: number;
  readonly progress: number;
  readonly download: { readonly url: string; readonly expiresAt: string } | null;
}
type Exported = Record<string, Record<string, unknown>[]>;

let server: TestBackend;
let owner: SignedIn;
let rep: Awaited<ReturnType<typeof colleague>>;

beforeAll(async () => {
  server = await testBackend({ RUN_LOG: 'postgres' });
  server.backend.engine.start();
  owner = await server.signIn();
  rep = await colleague(server, owner, 'rep');
  await converse(server, owner, 'marker-stork');
  await converse(server, rep, 'marker-crane');
  await keyOf(owner);
});
afterAll(() => server[Symbol.asyncDispose]());

const request = async (module: 'personalData' | 'organisationData', who: SignedIn) =>
  dataOf<View>(await server.mutate(`${module}.requestExport`, undefined, { token: who.token }));
const look = async (module: string, id: string, who: SignedIn) =>
  dataOf<View>(await server.query(`${module}.getRequest`, { id }, { token: who.token }));
const downloads = (id: string) =>
  system(({ db }) =>
    db
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.subject, id), like(auditLog.operation, '%.downloadExport'))),
  );
const fetchExport = (url: string) => server.backend.http.request(new URL(url).pathname + new URL(url).search);

async function exported(module: 'personalData' | 'organisationData', who: SignedIn): Promise<Exported> {
  const { id } = await request(module, who);
  await workOff(server, id);
  const { download } = await look(module, id, who);
  const response = await fetchExport(download?.url ?? '');
  expect(response.headers.get('content-disposition')).toContain('attachment');
  return (await response.json()) as Exported;
}

describe('an export of a person', () => {
  test('holds their rows of every table, no secrets, and nobody else’s', async () => {
    const data = await exported('personalData', rep);
    expect(data.users).toMatchObject([{ id: rep.userId, email: `${rep.userId}@example.com` }]);
    expect(data.messages?.map(({ content }) => content)).toContain('About marker-crane');
    expect(data.memberships).toHaveLength(2);
    const text = JSON.stringify(data);
    for (const foreign of ['marker-stork', owner.userId]) expect(text).not.toContain(foreign);
  });

  test('shows progress that only grows, and may be repeated from any step', async () => {
    const { id } = await request('personalData', owner);
    const operations = createJobOperations(server.backend.ports);
    const begun = await operations.beginDataRequest({ requestId: id });
    let last = await look('personalData', id, owner);
    for (const table of begun?.tables ?? []) {
      await operations.workOnTable({ requestId: id, table });
      await operations.workOnTable({ requestId: id, table });
      const now = await look('personalData', id, owner);
      expect(now.seq).toBeGreaterThan(last.seq);
      expect(now.progress).toBeGreaterThanOrEqual(last.progress);
      last = now;
    }
    expect(last).toMatchObject({ status: 'running', download: null });
    await operations.finishDataRequest({ requestId: id });
    const { download } = await look('personalData', id, owner);
    const text = await (await fetchExport(download?.url ?? '')).text();
    const ids = (JSON.parse(text) as Exported).messages?.map(({ id: messageId }) => messageId) ?? [];
    expect(ids.length).toBeGreaterThan(1);
    expect(new Set(ids).size).toBe(ids.length);
    expect(JSON.parse(text).users).toHaveLength(1);
  });

  test('is opened by its link alone, until it expires; then it is removed', async () => {
    const { id } = await request('personalData', rep);
    await workOff(server, id);
    const { download } = await look('personalData', id, rep);
    const url = download?.url ?? '';
    expect((await fetchExport(url)).status).toBe(200);
    expect((await fetchExport(url.replace(/token=.{5}/, 'token=AAAAA'))).status).toBe(404);
    expect((await fetchExport(url.replace(/\?.*/, ''))).status).toBe(404);
    const other = await request('personalData', owner);
    await workOff(server, other.id);
    expect((await fetchExport(url.replace(id, other.id))).status).toBe(404);
    await withSystemScope(await testDatabase(), 'write', ({ db }) =>
      db
        .update(dataRequests)
        .set({ expiresAt: new Date(0) })
        .where(eq(dataRequests.id, id)),
    );
    expect((await fetchExport(url)).status).toBe(404);
    expect((await look('personalData', id, rep)).download).toBeNull();
    await createJobOperations(server.backend.ports).purgeExports();
    const gone = await server.query('personalData.getRequest', { id }, { token: rep.token });
    expect(gone.failure?.code).toBe('data-request.not-found');
  });

  test('is given to nobody once whoever asked is suspended, and each download is on record', async () => {
    const { id } = await request('personalData', rep);
    await workOff(server, id);
    const url = (await look('personalData', id, rep)).download?.url ?? '';
    const suspend = (isSuspended: boolean) =>
      system((scope) => setPersonSuspended(scope, { userId: rep.userId }, isSuspended));
    await suspend(true);
    expect((await fetchExport(url)).status).toBe(404);
    await suspend(false);
    expect((await fetchExport(url)).status).toBe(200);
    expect(await downloads(id)).toMatchObject([
      { operation: 'personalData.downloadExport', actClass: 'data-export', orgId: rep.home },
    ]);
  });

  test('and a request of another person are as if they never were', async () => {
    const { id } = await request('personalData', rep);
    const answer = await server.query('personalData.getRequest', { id }, { token: owner.token });
    expect(answer.failure?.code).toBe('data-request.not-found');
    const asOrganisation = await server.query('organisationData.getRequest', { id }, { token: owner.token });
    expect(asOrganisation.failure?.code).toBe('data-request.not-found');
  });
});

test('an export of an organisation holds everybody’s rows in it and no secret', async () => {
  const data = await exported('organisationData', owner);
  const text = JSON.stringify(data);
  for (const marker of ['marker-stork', 'marker-crane']) expect(text).toContain(marker);
  expect(data.organisations).toMatchObject([{ id: owner.orgId }]);
  expect(data.api_keys?.[0]).not.toHaveProperty('secret_hash');
  expect(data.sessions?.[0]).not.toHaveProperty('token');
});

test('an export of an organisation is given to nobody once whoever asked owns it no longer', async () => {
  const { id } = await request('organisationData', owner);
  await workOff(server, id);
  const url = (await look('organisationData', id, owner)).download?.url ?? '';
  const role = (to: string) =>
    system(({ db }) => db.update(memberships).set({ role: to }).where(eq(memberships.userId, owner.userId)));
  await role('admin');
  expect((await fetchExport(url)).status).toBe(404);
  await role('owner');
  expect((await fetchExport(url)).status).toBe(200);
  expect(await downloads(id)).toMatchObject([
    { operation: 'organisationData.downloadExport', actClass: 'data-export', orgId: owner.orgId },
  ]);
});

test('downloads from one address are bounded, whatever links they name', async () => {
  await using strict = await testBackend({ TRUSTED_PROXY_HOPS: '1' });
  const open = async (address: string) =>
    (
      await strict.backend.http.request('/exports/dr_none?token=x', {
        headers: { 'x-forwarded-for': address },
      })
    ).status;
  const statuses = new Set(await Promise.all(Array.from({ length: 60 }, () => open('203.0.113.200'))));
  expect([[...statuses], await open('203.0.113.200'), await open('203.0.113.201')]).toEqual([
    [404],
    429,
    404,
  ]);
});

test('an export asked for is made by the real executor, from the outbox to the file', async () => {
  const viewer = await colleague(server, owner, 'viewer');
  await server.backend.jobs.start();
  const { id, status } = await request('personalData', viewer);
  expect(status).toBe('waiting');
  const run = async () =>
    withSystemScope(await testDatabase(), 'read', ({ db }) =>
      db
        .select({ functionId: jobRuns.functionId, status: jobRuns.status })
        .from(jobRuns)
        .where(sql`${jobRuns.events}::text like ${`%${id}%`}`),
    );
  await until(async () => (await run())[0]?.status === 'completed', 30_000);
  expect(await run()).toEqual([{ functionId: 'repspheres-personal-data-work', status: 'completed' }]);
  const { download, ...done } = await look('personalData', id, viewer);
  expect(done).toMatchObject({ status: 'done', progress: 100 });
  const data = (await (await fetchExport(download?.url ?? '')).json()) as Exported;
  expect(data.users).toMatchObject([{ id: viewer.userId }]);
});
