/** What of the provider is reachable, by method; its administration and its lists of session tokens are not. */
const served: Readonly<Record<'GET' | 'POST', RegExp>> = {
  GET: /^\/(reset-password\/[\w-]+|callback\/google|get-session|list-accounts|passkey\/(generate-(register|authenticate)-options|list-user-passkeys)|oauth2\/(authorize|userinfo))$/,
  POST: /^\/(sign-up\/email|sign-in\/(email|magic-link|social)|sign-out|request-password-reset|reset-password|change-password|verify-password|send-verification-email|update-user|unlink-account|link-social|two-factor\/(enable|disable|verify-totp|verify-backup-code|generate-backup-codes|get-totp-uri)|passkey\/(verify-registration|verify-authentication|delete-passkey|update-passkey)|oauth2\/(authorize|token|revoke|introspect|userinfo|consent|continue))$/,
};

/** What a link in a mail does, by its page: only that page, once the person has pressed its button, reaches it. */
export const mailedLinks = {
  'confirm-sign-in': '/magic-link/verify',
  'confirm-address': '/verify-email',
} as const;
export type MailedLink = keyof typeof mailedLinks;

/** What other sites' servers and pages call, proving themselves by what they send and never by a cookie. */
const forSites = /^\/oauth2\/(token|revoke|introspect|userinfo)$/;

export function isServed(path: string, method: string, isConfirmed = false): boolean {
  if (isConfirmed) return method === 'GET' && Object.values<string>(mailedLinks).includes(path);
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') return false;
  return served[method === 'POST' ? 'POST' : 'GET'].test(path);
}

/** Whether pages of origins that are not ours are refused. */
export function needsOrigin(path: string): boolean {
  return !forSites.test(path);
}

/** Whether a page of any origin may read the answer: nothing in it comes from a cookie. The whole path of the request. */
export function isForSites(path: string): boolean {
  return path.startsWith('/.well-known/') || (path.startsWith('/api/auth') && forSites.test(path.slice(9)));
}
