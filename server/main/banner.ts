import type { Config } from './config.ts';
import { seededAccounts } from './seed.ts';

interface Part {
  readonly name: string;
  readonly now: string;
  /** The variable that replaces an embedded part; null when the real one is in use. */
  readonly replace: string | null;
}

function partsOf(config: Config, embeddedPort: number | null): Part[] {
  const real = (name: string, now: string): Part => ({ name, now, replace: null });
  const embedded = (name: string, now: string, replace: string): Part => ({ name, now, replace });
  return [
    embeddedPort === null
      ? real('database', 'your Postgres')
      : embedded(
          'database',
          `embedded Postgres on port ${embeddedPort}, data in ${config.dataDir}/`,
          'DATABASE_URL',
        ),
    config.redis === null
      ? embedded('cache, limits', 'in this process', 'UPSTASH_REDIS_REST_URL, UPSTASH_REDIS_REST_TOKEN')
      : real('cache, limits', 'Upstash'),
    config.redis === null
      ? embedded('run log', config.runLog, 'UPSTASH_REDIS_REST_URL')
      : real('run log', config.runLog),
    config.inngest === null
      ? embedded('jobs', 'local executor, state in Postgres', 'INNGEST_EVENT_KEY, INNGEST_SIGNING_KEY')
      : real('jobs', 'Inngest'),
    config.openai === null && config.anthropic === null
      ? embedded('models', 'offline model', 'ANTHROPIC_API_KEY, OPENAI_API_KEY')
      : real(
          'models',
          [config.anthropic && 'Anthropic', config.openai && 'OpenAI'].filter(Boolean).join(', then '),
        ),
    config.developmentSignIn
      ? embedded('sign-in', 'seeded accounts', 'SUPABASE_URL, DEVELOPMENT_SIGN_IN=false')
      : real('sign-in', config.supabase === null ? 'own tokens' : 'own and Supabase tokens'),
  ];
}

/** One screen: where it listens, how to try it, what is embedded and which variable replaces each part. */
export function banner(
  config: Config,
  facts: { readonly url: string; readonly embeddedPort: number | null; readonly readyMs: number },
): string {
  const parts = partsOf(config, facts.embeddedPort).map(
    ({ name, now, replace }) =>
      `  ${name.padEnd(14)} ${now}${replace === null ? '' : `  (replace: ${replace})`}`,
  );
  const account = seededAccounts[2]?.email ?? '';
  const trying = config.developmentSignIn
    ? [
        '',
        `  Try it         sign in as ${account} (no password), or talk as a guest:  npm run demo`,
        `                 curl -s ${facts.url}/trpc/identity.signInForDevelopment \\`,
        `                   -H 'content-type: application/json' -d '{"email":"${account}"}'`,
      ]
    : [];
  return [
    '',
    `RepSpheres backend at ${facts.url}  (ready in ${(facts.readyMs / 1000).toFixed(1)} s)`,
    '',
    ...parts,
    ...trying,
    '',
  ].join('\n');
}
