import { createServer } from 'node:http';
import type { AppId } from '../../server/core/apps.ts';
import { portOf } from '../sdk/listening-backend.ts';

export interface AppPage {
  readonly title: string;
  readonly app: AppId;
  /** Where the API lives. */
  readonly api: string;
  /** Of a site on another domain, which signs in by redirect; null on the apps' common domain. */
  readonly clientId: string | null;
}

/** A frontend as small as can be: a static page with the packed SDK, on a port of its own. */
export async function appPage(page: AppPage, sdk: string): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer((request, response) => {
    const isCode = request.url === '/sdk.js';
    response.setHeader('content-type', isCode ? 'text/javascript' : 'text/html; charset=utf-8');
    response.end(isCode ? sdk : htmlOf(page));
  });
  const port = await portOf(server);
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function htmlOf({ title, app, api, clientId }: AppPage): string {
  const session =
    clientId === null
      ? ''
      : `session: redirectSession({ clientId: '${clientId}', redirectUri: location.origin + '/signed-in' }),`;
  return `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>${title}</title><link rel="icon" href="data:," /></head>
  <body style="font: 1.2rem system-ui; margin: 2rem">
    <h1>${title}</h1>
    <p id="who" role="status">Looking who is there…</p>
    <button id="in">Sign in</button> <button id="out">Sign out</button> <button id="ask">Ask</button>
    <button id="quiet">Look whether I am signed in</button> <button id="watch">Watch use</button>
    <p id="answer"></p>
    <p id="use"></p>
    <script type="module">
      import { createRepSpheres, redirectSession } from './sdk.js';
      const client = createRepSpheres({ url: '${api}', app: '${app}', ${session} guests: false });
      const byId = (id) => document.getElementById(id);
      const show = (session) => {
        const who = session ? 'Signed in as ' + session.user.email : 'Nobody is signed in';
        if (byId('who').textContent === who) return;
        byId('who').dataset.at = Date.now();
        byId('who').textContent = who;
      };
      const say = (error) => {
        byId('answer').dataset.at = Date.now();
        byId('answer').textContent = error.code + ': ' + error.message;
      };
      client.session.onChange(({ session }) => show(session));
      if (location.pathname === '/signed-in') {
        const done = await client.session.completeSignIn();
        if (done) history.replaceState(null, '', new URL(done.returnTo).pathname);
      }
      await client.session.get().then(show, say);
      byId('in').onclick = () => client.session.signIn();
      byId('quiet').onclick = () => client.session.signIn({ silent: true });
      byId('watch').onclick = () =>
        client.usage.follow.subscribe({}, { onData: () => (byId('use').textContent = 'Watching') });
      byId('out').onclick = async () => {
        await client.session.signOut().catch(say);
        byId('out').dataset.at = Date.now();
      };
      byId('ask').onclick = async () => {
        const { items } = await client.agents.list.query();
        const stream = client.runs.startAndFollow({ agentId: items[0].id, message: 'Tell me all you know.' });
        try {
          for await (const _ of stream) byId('answer').textContent = stream.text();
        } catch (error) {
          say(error);
        }
      };
    </script>
  </body>
</html>`;
}
