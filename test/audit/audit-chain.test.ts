import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withOrgScope, withSystemScope } from '../../db/tx.ts';
import { recordAudit } from '../../server/core/audit.ts';
import { type ChainReport, verifyChains } from '../../server/modules/audit/verify-chains.ts';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { testDatabase, testDatabaseUrl, testOrganisation } from '../support/database.ts';
import { colleague, dataOf } from '../support/members.ts';

let server: TestBackend;
let root: postgres.Sql;
let orgId: `org_${string}`;

beforeAll(async () => {
  server = await testBackend();
  const url = new URL(await testDatabaseUrl());
  root = postgres(`postgres://postgres@127.0.0.1:${url.port}${url.pathname}`, {
    max: 1,
    onnotice: () => {},
  });
});
afterAll(async () => {
  await root.end();
  await server[Symbol.asyncDispose]();
});

/** One act of a class. */
async function act(inOrg: `org_${string}`, subject: string): Promise<void> {
  const actor = { kind: 'system', orgId: inOrg, name: 'test' } as const;
  const origin = { actor, app: 'crm', requestId: 'req_test' } as const;
  await withOrgScope(await testDatabase(), inOrg, 'write', (scope) =>
    recordAudit(scope, origin, {
      orgId: inOrg,
      operation: 'organisations.changeRole',
      subject,
      detail: { from: 'rep' },
    }),
  );
}

const verify = async (anchors: ChainReport['heads'] = []) =>
  withSystemScope(await testDatabase(), 'read', (scope) => verifyChains(scope, anchors));
const faultsHere = async (anchors: ChainReport['heads'] = []) =>
  (await verify(anchors)).faults
    .filter((fault) => fault.orgId === orgId)
    .map(({ seq, fault }) => [seq, fault]);

/** What somebody with the keys of the database does: the triggers are out of the way. */
async function tamper(work: (sql: postgres.TransactionSql) => Promise<unknown>): Promise<void> {
  await root.begin(async (sql) => {
    await sql`set local session_replication_role = replica`;
    await work(sql);
  });
}

beforeEach(async () => {
  ({ orgId } = await testOrganisation(await testDatabase()));
  for (const subject of ['one', 'two', 'three', 'four', 'five']) await act(orgId, subject);
});

describe('the chain of an organisation', () => {
  test('is whole as it is written', async () => {
    expect(await faultsHere()).toEqual([]);
    const { rows, organisations } = await verify();
    expect(rows).toBeGreaterThanOrEqual(5);
    expect(organisations).toBeGreaterThanOrEqual(1);
  });

  test.each(['operation', 'subject', 'actor_id', 'outcome', 'request_id', 'impersonator_id', 'app'])(
    'shows an edit of %s',
    async (column) => {
      await tamper(
        (sql) => sql`update audit_log set ${sql({ [column]: 'edited' })} where org_id = ${orgId} and seq = 3`,
      );
      expect(await faultsHere()).toEqual([[3, 'edited']]);
    },
  );

  test('shows an edit of the detail and of the time', async () => {
    await tamper(
      (sql) => sql`update audit_log set detail = '{"from": "viewer"}' where org_id = ${orgId} and seq = 2`,
    );
    await tamper(
      (sql) =>
        sql`update audit_log set created_at = created_at - interval '1 ms' where org_id = ${orgId} and seq = 4`,
    );
    expect(await faultsHere()).toEqual([
      [2, 'edited'],
      [4, 'edited'],
    ]);
  });

  test('shows an edit whose hash was computed anew', async () => {
    await tamper(async (sql) => {
      await sql`update audit_log set subject = 'edited' where org_id = ${orgId} and seq = 3`;
      await sql`update audit_log set hash = audit_hash(audit_log) where org_id = ${orgId} and seq = 3`;
    });
    expect(await faultsHere()).toEqual([[4, 'broken link']]);
  });

  test('shows a deleted row', async () => {
    await tamper((sql) => sql`delete from audit_log where org_id = ${orgId} and seq = 3`);
    expect(await faultsHere()).toEqual([[4, 'missing row']]);
  });

  test('shows a row cut off the end', async () => {
    await tamper((sql) => sql`delete from audit_log where org_id = ${orgId} and seq > 3`);
    expect(await faultsHere()).toEqual([[5, 'shorter than its head']]);
  });

  test('shows all rows gone', async () => {
    await tamper((sql) => sql`delete from audit_log where org_id = ${orgId}`);
    expect(await faultsHere()).toEqual([[5, 'shorter than its head']]);
  });

  test('shows two rows that changed places', async () => {
    await tamper(async (sql) => {
      await sql`update audit_log set seq = 99 where org_id = ${orgId} and seq = 2`;
      await sql`update audit_log set seq = 2 where org_id = ${orgId} and seq = 3`;
      await sql`update audit_log set seq = 3 where org_id = ${orgId} and seq = 99`;
    });
    expect((await faultsHere()).map(([seq]) => seq)).toEqual([2, 3, 4]);
  });

  test('shows a row put in, in the middle, at the end or beside it', async () => {
    const forge = (seq: number | null, hash: string | null) =>
      tamper(
        (sql) => sql`insert into audit_log
          (org_id, id, actor_kind, actor_id, operation, act_class, outcome, request_id, seq, prev_hash, hash)
          values (${orgId}, ${`aud_forged_${seq}`}, 'member', 'usr_x', 'organisations.changeRole', 'role', 'ok', 'req_x',
            ${seq}, ${hash}, ${hash})`,
      );
    await forge(6, 'f'.repeat(64));
    await forge(null, null);
    expect(await faultsHere()).toEqual([
      [6, 'broken link'],
      [5, 'shorter than its head'],
      [null, 'stray row'],
    ]);
  });

  test('cut together with its head shows against an anchor kept elsewhere', async () => {
    const { heads } = await verify();
    await act(orgId, 'six');
    expect(await faultsHere(heads), 'a chain that only grew is as anchored').toEqual([]);
    await tamper(async (sql) => {
      await sql`delete from audit_log where org_id = ${orgId} and seq > 3`;
      await sql`update audit_heads set seq = 3, hash = (
        select hash from audit_log where org_id = ${orgId} and seq = 3) where org_id = ${orgId}`;
    });
    expect(await faultsHere(), 'nothing in the database tells').toEqual([]);
    expect(await faultsHere(heads)).toEqual([[5, 'not as anchored']]);
    await tamper(async (sql) => {
      await sql`delete from audit_log where org_id = ${orgId}`;
      await sql`delete from audit_heads where org_id = ${orgId}`;
    });
    expect(await faultsHere(heads)).toEqual([[5, 'not as anchored']]);
  });

  test('has no gap and no fork when 20 write at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, at) => act(orgId, `at once ${at}`)));
    expect(await faultsHere()).toEqual([]);
    const { heads } = await verify();
    expect(heads.find((head) => head.orgId === orgId)?.seq).toBe(25);
  });

  test('is not written anew by the application, whatever its role', async () => {
    const database = await testDatabase();
    const forbidden = [
      () => withSystemScope(database, 'write', ({ db }) => db.execute("update audit_log set subject = 'x'")),
      () => withSystemScope(database, 'write', ({ db }) => db.execute('delete from audit_log')),
      () => withOrgScope(database, orgId, 'write', ({ db }) => db.execute('delete from audit_log')),
      () => withOrgScope(database, orgId, 'write', ({ db }) => db.execute('select * from audit_heads')),
      () => withOrgScope(database, orgId, 'write', ({ db }) => db.execute('update audit_heads set seq = 0')),
    ];
    for (const attempt of forbidden) await expect(attempt()).rejects.toThrow();
    expect(await faultsHere()).toEqual([]);
  });

  test('ignores numbers and hashes that a writer brings', async () => {
    const row = {
      actorKind: 'member',
      actorId: 'usr_x',
      operation: 'organisations.changeRole',
      actClass: 'role',
      outcome: 'ok',
      requestId: 'req_x',
    };
    await withOrgScope(await testDatabase(), orgId, 'write', ({ db }) =>
      db.execute(
        `insert into audit_log (org_id, id, actor_kind, actor_id, operation, act_class, outcome, request_id, seq, hash)
         values ('${orgId}', 'aud_own', '${row.actorKind}', '${row.actorId}', '${row.operation}', '${row.actClass}',
           '${row.outcome}', '${row.requestId}', 77, 'mine')`,
      ),
    );
    expect(await faultsHere()).toEqual([]);
  });
});

describe('the audit list', () => {
  test('shows the owner what was done, latest first, page by page', async () => {
    const owner = await server.signIn();
    const rep = await colleague(server, owner, 'rep');
    const change = (role: string) =>
      server.mutate('organisations.changeRole', { userId: rep.userId, role }, { token: owner.token });
    for (const role of ['viewer', 'manager', 'rep']) await change(role);
    type Page = {
      items: { operation: string; detail: { to?: string }; seq: number }[];
      nextCursor: string | null;
    };
    const page = async (input: object) =>
      dataOf<Page>(await server.query('audit.list', input, { token: owner.token }));
    const first = await page({ limit: 2 });
    const second = await page({ limit: 2, cursor: first.nextCursor });
    const changes = [...first.items, ...second.items].filter(
      ({ operation }) => operation === 'organisations.changeRole',
    );
    expect(changes.map(({ detail }) => detail.to)).toEqual(['rep', 'manager', 'viewer']);
    const refused = await server.query('audit.list', undefined, { token: rep.token });
    expect(refused.failure?.code).toBe('auth.not-allowed');
  });
});
