import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { FixtureWorld } from './fixture-world.ts';

interface Grant {
  readonly challenge: string;
  readonly redirectUri: string;
}
type Rotation = { readonly at: number; readonly answer: Promise<object> };

/**
 * An OpenID provider as a page meets it: discovery, authorize, token. Refresh tokens rotate; of two truly concurrent
 * uses one is refused, a repetition within the grace gets the same answer, a later one ends the sign-in.
 */
export async function fixtureIdp(world: FixtureWorld) {
  const switches = {
    /** Who is signed in at the provider. */
    session: 'ana' as string | null,
    graceMs: 10_000,
    /** How many answers to refreshes are lost on the way, after they took effect. */
    lostAnswers: 0,
    issuer: '',
  };
  const codes = new Map<string, Grant>();
  const live = new Set<string>();
  const rotated = new Map<string, Rotation>();
  const busy = new Set<string>();
  const counts = { refreshes: 0, refused: 0 };
  let origin = '';

  async function tokens(): Promise<object> {
    const { accessToken } = await world.sessions.renew(switches.session);
    const refresh = randomUUID();
    live.add(refresh);
    return { access_token: accessToken, expires_in: 600, refresh_token: refresh, token_type: 'Bearer' };
  }
  function exchange(form: Record<string, string>): Promise<object> | null {
    const grant = codes.get(form.code ?? '');
    codes.delete(form.code ?? '');
    const challenge = createHash('sha256')
      .update(form.code_verifier ?? '')
      .digest('base64url');
    return grant?.challenge === challenge && grant.redirectUri === form.redirect_uri ? tokens() : null;
  }
  async function rotate(used: string): Promise<object | null> {
    counts.refreshes += 1;
    const before = rotated.get(used);
    if (before && Date.now() - before.at < switches.graceMs && !busy.has(used)) return before.answer;
    if (before && !busy.has(used)) live.clear();
    if (!live.delete(used)) return null;
    busy.add(used);
    const answer = tokens();
    rotated.set(used, { at: Date.now(), answer });
    await answer.finally(() => busy.delete(used));
    return answer;
  }

  const app = new Hono();
  app.get('/.well-known/openid-configuration', (c) =>
    c.json({
      issuer: switches.issuer || origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
    }),
  );
  app.get('/authorize', (c) => {
    const query = c.req.query();
    const back = new URL(query.redirect_uri ?? '');
    const isRefused = switches.session === null && query.prompt === 'none';
    const code = randomUUID();
    codes.set(code, { challenge: query.code_challenge ?? '', redirectUri: query.redirect_uri ?? '' });
    const answer = isRefused ? { error: 'login_required' } : { code };
    for (const [name, value] of Object.entries({ ...answer, state: query.state ?? '', iss: origin }))
      back.searchParams.set(name, value);
    return c.redirect(back.href);
  });
  app.post('/token', async (c: Context) => {
    const form = Object.fromEntries(new URLSearchParams(await c.req.text()));
    const answer = await (form.grant_type === 'refresh_token'
      ? rotate(form.refresh_token ?? '')
      : exchange(form));
    if (form.grant_type === 'refresh_token' && switches.lostAnswers-- > 0) return c.text('lost', 502);
    switches.lostAnswers = Math.max(0, switches.lostAnswers);
    if (answer) return c.json(answer);
    counts.refused += 1;
    return c.json({ error: 'invalid_grant' }, 400);
  });

  const server = createServer(
    getRequestListener(app.fetch) as (req: IncomingMessage, res: ServerResponse) => void,
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ url: origin, switches, counts },
    /** Ends the sign-in: no refresh token of it serves. */
    endSignIn: () => live.clear(),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
