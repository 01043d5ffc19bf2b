import type { BetterAuthOptions, DBAdapter, Where } from 'better-auth';
import { type DrizzleAdapterConfig, drizzleAdapter } from 'better-auth/adapters/drizzle';
import type { Database } from '../../../db/client.ts';
import { endSessions } from '../../../db/queries/sessions.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { models } from './models.ts';
import { noteSpentCode, refuseReusedCode, sessionOfToken } from './reused-codes.ts';
import { refreshTokenOf, refuseReusedRefresh } from './reused-refresh-tokens.ts';
import {
  type ProviderRow,
  recordCreated,
  recordDeleted,
  recordEnded,
  recordFailedFactor,
  recordUpdated,
} from './row-acts.ts';
import { admitRefreshToken, prepareSession, storeHome, withName } from './session-rules.ts';
import { spendCode } from './spent-codes.ts';

const config: DrizzleAdapterConfig = { provider: 'pg', schema: models };

/** Runs work in a transaction of the platform: one of its own, or the one the library has opened. */
type Run = <T>(work: (adapter: DBAdapter, scope: SystemScope) => Promise<T>) => Promise<T>;

/**
 * The library's store on our tables and scopes. What it does to sessions is done our way: one is opened in its
 * person's organisation, and one that is deleted is ended (`endSessions`) and from then on not found.
 */
export function createStore(database: Database): (options: BetterAuthOptions) => DBAdapter {
  return (options) => {
    // Without a scope it serves nobody; the library reads its description.
    const outside = drizzleAdapter({}, config)(options);
    const on = (scope: SystemScope) => drizzleAdapter(scope.db, config)(options);
    const own: Run = (work) => withSystemScope(database, 'write', (scope) => work(on(scope), scope));
    return {
      ...storeOn(own),
      id: outside.id,
      options: outside.options,
      transaction: (callback) =>
        withSystemScope(database, 'write', (scope) => {
          const adapter = on(scope);
          return callback({ ...storeOn((work) => work(adapter, scope)), id: outside.id });
        }),
    };
  };
}

function storeOn(run: Run): Omit<DBAdapter, 'id' | 'transaction' | 'options' | 'createSchema'> {
  return {
    create: (query) =>
      run(async (adapter, scope) => {
        if (query.model === 'oauthRefreshToken') await admitRefreshToken(scope, query.data);
        const row = await adapter.create({ ...query, data: await prepared(scope, query) });
        if (query.model === 'user') await storeHome(scope, row);
        await recordCreated(scope, query.model, row);
        return row as never; // the library names the row's type, which the table fixes
      }),
    findOne: (query) =>
      run(async (adapter, scope) => {
        const row = await adapter.findOne<object>({ ...query, where: living(query.model, query.where) });
        if (query.model === 'oauthRefreshToken') return (await refreshTokenOf(scope, row)) as never; // as above
        return (query.model === 'session' ? sessionOfToken(row) : row) as never; // as above
      }),
    findMany: (query) =>
      run((adapter) => adapter.findMany({ ...query, where: living(query.model, query.where ?? []) })),
    count: (query) =>
      run((adapter) => adapter.count({ ...query, where: living(query.model, query.where ?? []) })),
    update: (query) =>
      run(async (adapter, scope) => {
        await spendCode(adapter, scope, query);
        const row = await adapter.update({ ...query, where: living(query.model, query.where) });
        await recordUpdated(adapter, scope, query);
        return row as never; // as above
      }),
    updateMany: (query) =>
      run(async (adapter, scope) => {
        const changed = await adapter.updateMany({ ...query, where: living(query.model, query.where) });
        await recordUpdated(adapter, scope, query);
        return changed;
      }),
    incrementOne: (query) =>
      run(async (adapter, scope) => {
        const row = await adapter.incrementOne<object>(query);
        await recordFailedFactor(scope, query.increment, row);
        return row as never; // as above
      }),
    consumeOne: (query) =>
      run(async (adapter, scope) => {
        const row = await adapter.consumeOne<object>(query);
        if (query.model === 'verification') await noteSpentCode(scope, row);
        return row as never; // as above
      }),
    delete: (query) =>
      run(async (adapter, scope) => {
        if (query.model === 'session') return void (await end(adapter, scope, query.where));
        await recordDeleted(adapter, scope, query);
        await adapter.delete(query);
      }),
    deleteMany: (query) =>
      run(async (adapter, scope) => {
        if (query.model === 'session') return end(adapter, scope, query.where);
        await refuseReusedCode(scope, query.model, query.where);
        await refuseReusedRefresh(scope, query.model, query.where);
        await recordDeleted(adapter, scope, query);
        return adapter.deleteMany(query);
      }),
  };
}

/** The row as it is stored: a session opens in an organisation, a person has a name. */
async function prepared(
  scope: SystemScope,
  { model, data }: { readonly model: string; readonly data: Record<string, unknown> },
): Promise<Record<string, unknown>> {
  if (model === 'session') return prepareSession(scope, data);
  return model === 'user' ? withName(data) : data;
}

/** An ended session keeps its row for the record, and is not found any more. */
function living(model: string, where: Where[]): Where[] {
  return model === 'session' ? [...where, { field: 'revokedAt', value: null }] : where;
}

async function end(adapter: DBAdapter, scope: SystemScope, where: Where[]): Promise<number> {
  const limit = Number.MAX_SAFE_INTEGER; // else the library finds a hundred
  const whose = where.length === 1 && where[0]?.field === 'userId' ? where[0].value : null;
  const found = await adapter.findMany<ProviderRow>({
    model: 'session',
    where: living('session', where),
    limit,
  });
  if (found.length === 0) return 0;
  const which = typeof whose === 'string' ? { userId: whose } : { sessionIds: found.map(({ id }) => id) };
  const ended = new Set(await endSessions(scope, which));
  const rows = found.filter(({ id }) => ended.has(id));
  await recordEnded(scope, rows);
  return rows.length;
}
