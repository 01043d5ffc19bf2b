import { stripeFaults, type Variables } from './billing-config.ts';

/** What is wrong with variables that are each right: those that go together, and what production needs. */
export function crossFaults(set: Variables): string[] {
  const faults: string[] = stripeFaults(set);
  const together = (a: string, b: string) => {
    if ((set[a] === undefined) !== (set[b] === undefined)) faults.push(`${a} and ${b} must be set together`);
  };
  together('UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN');
  together('GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET');
  together('SMTP_URL', 'EMAIL_FROM');
  if (set.COOKIE_DOMAIN !== undefined && !isUnder(set.PUBLIC_URL, set.COOKIE_DOMAIN)) {
    faults.push('COOKIE_DOMAIN must be the host of PUBLIC_URL or a parent of it');
  }
  if (set.INNGEST_DEV === undefined) together('INNGEST_EVENT_KEY', 'INNGEST_SIGNING_KEY');
  if (set.RUN_LOG === 'redis' && set.UPSTASH_REDIS_REST_URL === undefined) {
    faults.push('RUN_LOG=redis needs UPSTASH_REDIS_REST_URL');
  }
  if (set.DATABASE_POOLER === 'transaction' && set.DATABASE_DIRECT_URL === undefined) {
    faults.push(
      'DATABASE_POOLER=transaction needs DATABASE_DIRECT_URL (migrations and LISTEN need a session)',
    );
  }
  if (set.NODE_ENV === 'production') {
    for (const name of ['DATABASE_URL', 'AUTH_SECRET', 'ALLOWED_ORIGINS', 'PUBLIC_URL']) {
      if (set[name] === undefined) faults.push(`${name}: required in production`);
    }
    if (set.RUN_LOG === 'memory')
      faults.push('RUN_LOG=memory does not survive a restart; not allowed in production');
  }
  return faults;
}

/** Whether a browser would take a cookie of this domain from the host of this URL. */
function isUnder(url: string | undefined, domain: string): boolean {
  if (url === undefined || !URL.canParse(url)) return false;
  return `.${new URL(url).hostname}`.endsWith(`.${domain.replace(/^\./, '').toLowerCase()}`);
}

/** What a function on Vercel needs besides. */
export function functionFaults(set: Variables): string[] {
  if (set.NODE_ENV === 'production') return [];
  const missing = ['DATABASE_URL', 'AUTH_SECRET', 'PUBLIC_URL'].filter((name) => set[name] === undefined);
  const faults = missing.map((name) => `${name}: required on Vercel`);
  if (set.RUN_LOG === 'memory') faults.push('RUN_LOG=memory is not shared between instances');
  return faults;
}
