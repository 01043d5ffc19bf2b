import type { OriginGuard } from '../origin-guard.ts';

export const ACCOUNT_PAGE = '/auth/account';
export const INVITATION_PAGE = '/auth/invitation';

/** Where a person goes who came with this query and is signed in now: back to the site or app that sent them, or to their account. */
export function destinationOf(next: string, guard: OriginGuard): string {
  const query = new URLSearchParams(next);
  if (query.has('client_id') && query.has('response_type')) return authorizeAgain(query);
  return guard.safeReturn(query.get('redirect')) ?? ACCOUNT_PAGE;
}

/** Whether the query asks to be led somewhere that is not ours. */
export function asksForElsewhere(query: URLSearchParams, guard: OriginGuard): boolean {
  return query.has('redirect') && guard.safeReturn(query.get('redirect')) === null;
}

/** Whether the provider sent the person here on behalf of a site; its signature is checked by the provider. */
export function isFromSite(next: string): boolean {
  return new URLSearchParams(next).has('sig');
}

/** The site's request once more, without what the provider added and without the wish to sign in, which is fulfilled. */
function authorizeAgain(query: URLSearchParams): string {
  const again = new URLSearchParams(query);
  for (const name of ['sig', 'exp', 'max_age', ...[...query.keys()].filter((key) => key.startsWith('ba_'))]) {
    again.delete(name);
  }
  const prompts = (query.get('prompt') ?? '')
    .split(' ')
    .filter((one) => !['login', 'create', ''].includes(one));
  if (prompts.length === 0) again.delete('prompt');
  else again.set('prompt', prompts.join(' '));
  return `/api/auth/oauth2/authorize?${again}`;
}
