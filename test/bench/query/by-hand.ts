import { hash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import express from 'express';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import postgres from 'postgres';
import { beginPipelined } from '../../../db/pipelined.ts';
import { responseHeaders } from '../../../server/http/response-headers.ts';
import { agentName } from '../../../server/modules/agents/agent-for-run.ts';
import {
  ConversationPage,
  ListConversationsInput,
} from '../../../server/modules/conversations/conversations.contract.ts';

/** What our driver sends for `conversations.list`, statement by statement. */
const LIST = `select "id", "owner_id", "agent_id", "app", "title", "title_source", "summary", "summary_to_seq", "created_at", "updated_at"
  from "conversations" where ("conversations"."org_id" = $1 and "conversations"."owner_id" = $2 and "conversations"."deleted_at" is null)
  order by "conversations"."updated_at" desc, "conversations"."id" desc limit $3`;
const SESSION = `select sessions.user_id, sessions.org_id from sessions
  join memberships on memberships.org_id = sessions.org_id and memberships.user_id = sessions.user_id
  where sessions.id = $1 and revoked_at is null and expires_at > now()`;
const TTL_MS = 30_000;

interface Session {
  readonly userId: string;
  readonly orgId: string;
  readonly readAt: number;
}

interface Row {
  readonly id: string;
  readonly title: string;
  readonly agent_id: string;
  readonly app: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export interface ByHand {
  readonly databaseUrl: string;
  readonly poolSize: number;
  readonly issuer: string;
  readonly jwks: JSONWebKeySet;
}

type Answer = (authorization: string | undefined, input: unknown) => Promise<object>;

/** Begin and statement in one packet, the commit not waited for: what `withOrgScope` sends. */
async function inTenant<T extends object>(
  sql: postgres.Sql,
  setup: string,
  query: { text: string; values: (string | number)[] },
): Promise<T[]> {
  const transaction = await beginPipelined(sql, `begin read only;${setup}`, () => {});
  const rows = await transaction.unsafe(query.text, query.values, { prepare: true });
  void transaction.end('commit');
  return rows as unknown as T[];
}

/**
 * The query as one writes it by hand, with what every contender does: token and session proven and cached, input and
 * output validated by the same schemas, one packet to the database. No budget, metrics, logs, guards or error shapes.
 */
function listByHand(options: ByHand): Answer {
  const sql = postgres(options.databaseUrl, { max: options.poolSize });
  const keys = createLocalJWKSet(options.jwks);
  const proven = new Map<string, { readonly sid: string; readonly exp: number }>();
  const sessions = new Map<string, Session>();

  const claimsOf = async (token: string) => {
    const key = hash('sha256', token, 'base64url');
    const cached = proven.get(key);
    if (cached !== undefined && cached.exp * 1000 > Date.now()) return cached;
    const { payload } = await jwtVerify(token, keys, { issuer: options.issuer, audience: 'repspheres' });
    const claims = { sid: String(payload.sid), exp: Number(payload.exp) };
    proven.set(key, claims);
    return claims;
  };
  const sessionOf = async (sid: string): Promise<Session> => {
    const cached = sessions.get(sid);
    if (cached !== undefined && Date.now() - cached.readAt < TTL_MS) return cached;
    const query = { text: SESSION, values: [sid] };
    const rows = await inTenant<{ user_id: string; org_id: string }>(
      sql,
      'set local role repspheres_system',
      query,
    );
    const row = rows[0];
    if (row === undefined) throw new Error('no such session');
    const session = { userId: row.user_id, orgId: row.org_id, readAt: Date.now() };
    sessions.set(sid, session);
    return session;
  };
  return async (authorization, input) => {
    const { sid } = await claimsOf(authorization?.slice('Bearer '.length) ?? '');
    const { userId, orgId } = await sessionOf(sid);
    const { limit } = ListConversationsInput.parse(input);
    const rows = await inTenant<Row>(sql, `set local role repspheres_app;set local app.org_id='${orgId}'`, {
      text: LIST,
      values: [orgId, userId, limit + 1],
    });
    const page = { items: rows.slice(0, limit).map(viewOf), nextCursor: null };
    return { result: { data: ConversationPage.parse(page) } };
  };
}

function viewOf(row: Row): object {
  return {
    id: row.id,
    title: row.title,
    agent: { id: row.agent_id, name: agentName(row.agent_id) },
    app: row.app,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

/** The physical limit: node:http and postgres.js, nothing between, and no header that the answer does not need. */
export function rawServer(options: ByHand): Server {
  const list = listByHand(options);
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const input: unknown = JSON.parse(url.searchParams.get('input') ?? '{}');
    const body = JSON.stringify(await list(request.headers.authorization, input));
    const head = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    response.writeHead(200, head).end(body);
  };
  return createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
}

/** The same in Express 5, saying what ours says of security, CORS, caching and the request; nothing of its own besides. */
export function expressServer(options: ByHand): Server {
  const list = listByHand(options);
  const app = express().disable('x-powered-by').disable('etag');
  const headers = Object.entries(responseHeaders([]).for(undefined));
  app.use((_request, response, next) => {
    // As helmet and cors do it: straight on Node's response, without Express's own `set`.
    for (const [name, value] of headers) response.setHeader(name, value);
    response.setHeader('cache-control', 'no-store');
    response.setHeader('vary', 'Origin, Accept-Encoding');
    response.setHeader('x-request-id', randomUUID());
    next();
  });
  app.get('/trpc/conversations.list', async (request, response) => {
    const input: unknown = JSON.parse(String(request.query.input ?? '{}'));
    response.json(await list(request.headers.authorization, input));
  });
  return createServer(app);
}
