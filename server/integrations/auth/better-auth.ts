import { type BetterAuthOptions, betterAuth } from 'better-auth';
import { type Jwk, jwt } from 'better-auth/plugins/jwt';
import { magicLink } from 'better-auth/plugins/magic-link';
import { ensureOidcClients, ensureOidcResource } from '../../../db/queries/oauth.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { AppId } from '../../core/apps.ts';
import { currentPath, namedApp } from './acts.ts';
import { clientRows } from './clients.ts';
import { googleProvider, requireProvedAddress, withDeadline } from './google.ts';
import { idFor } from './ids.ts';
import { errorLog, safeLogger } from './logger.ts';
import { oidcProvider } from './oidc.ts';
import type { AuthProviderOptions } from './options.ts';
import { passkeys } from './passkeys.ts';
import { passwordPlugin } from './password-plugin.ts';
import { passwordLength, storedPasswords } from './passwords.ts';
import type { AuthProvider, ProviderKey, Receiver } from './port.ts';
import { profilePlugin } from './profile-plugin.ts';
import { secondFactor } from './second-factor.ts';
import { createStore } from './store.ts';

const DAY_SECONDS = 24 * 60 * 60;
const LINK_SECONDS = 15 * 60;

/** better-auth on our tables, keys, mail and cookie; stores what it needs of OIDC first. Rejects where it cannot work. */
export async function createBetterAuth(options: AuthProviderOptions): Promise<AuthProvider> {
  const { database, clients, baseUrl } = options;
  await withSystemScope(database, 'write', async (scope) => {
    // The library stores it too, and breaks where another process does so at the same moment.
    await ensureOidcResource(scope, baseUrl);
    await ensureOidcClients(scope, clientRows(clients));
  });
  const auth = betterAuth(libraryOptions(options));
  // What fails as it begins it would answer to every request from then on; here it is tried again by the next one.
  await auth.$context;
  return { handle: withDeadline((request) => auth.handler(request), faultPage(options)) };
}

/** Where links and the way back from Google end when they fail. */
function faultPage({ baseUrl }: Pick<AuthProviderOptions, 'baseUrl'>): string {
  return `${baseUrl}/auth/error`;
}

/** The library signs with the youngest of its keys. */
function libraryKey({ kid, publicJwk, privateJwk }: ProviderKey): Jwk {
  const createdAt = new Date(privateJwk === null ? 0 : Date.now());
  return { id: kid, publicKey: publicJwk, privateKey: privateJwk ?? '', createdAt, alg: 'ES256' };
}

function refuseNewKey(): Promise<never> {
  return Promise.reject(new Error('keys are made by the keyring alone'));
}

/** A session carries the app it was opened in. */
function originOf<T extends object>(session: T, headers: Headers | undefined): T & { app: AppId } {
  return { ...session, app: namedApp(headers) };
}

/** The link of a mail leads to a page that asks first: whoever or whatever only opens it spends nothing and is not signed in. */
function onPage(baseUrl: string, page: 'confirm-sign-in' | 'confirm-address', url: string): string {
  return `${baseUrl}/auth/${page}${new URL(url).search}`;
}

/** Each sign-in to an address that is not confirmed causes a mail: only as many go as the address has a budget for. */
async function verificationMail(
  { baseUrl, mail, admitMail }: AuthProviderOptions,
  user: Receiver,
  url: string,
) {
  if (currentPath() === '/sign-in/email' && !(await admitMail(user.email))) return;
  await mail.verify(user, onPage(baseUrl, 'confirm-address', url));
}

/** What the library is told. Budgets are ours (`server/http/auth-limits.ts`), and so are session ends (`store.ts`). */
export function libraryOptions(options: AuthProviderOptions): BetterAuthOptions {
  const { database, baseUrl, secret, trustedOrigins, mail, background, sessionTtlMs } = options;
  // The library awaits some of its mail: then the time of an answer would tell who has an account.
  const later = async (work: Promise<void>) => background(work);
  return {
    appName: 'RepSpheres',
    baseURL: baseUrl,
    basePath: '/api/auth',
    secret,
    database: createStore(database),
    trustedOrigins: [...trustedOrigins],
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: safeLogger(options.logger),
    onAPIError: { errorURL: faultPage(options), onError: errorLog(options.logger) },
    user: { fields: { name: 'displayName' }, validateUserInfo: requireProvedAddress },
    session: {
      expiresIn: sessionTtlMs / 1000,
      updateAge: DAY_SECONDS,
      freshAge: options.sessionFreshMs / 1000,
      additionalFields: {
        orgId: { type: 'string', required: false, input: false },
        app: { type: 'string', required: false, input: false, defaultValue: 'global' },
        revokedAt: { type: 'date', required: false, input: false, returned: false },
        tokensSince: { type: 'date', required: false, input: false, returned: false },
      },
    },
    verification: { storeIdentifier: 'hashed' },
    account: { accountLinking: { enabled: true }, encryptOAuthTokens: true },
    emailAndPassword: {
      enabled: true,
      requireEmailVerification: true,
      minPasswordLength: passwordLength.min,
      maxPasswordLength: passwordLength.max,
      revokeSessionsOnPasswordReset: true,
      password: storedPasswords(database),
      sendResetPassword: ({ user, url }) => later(mail.reset(user, url)),
      onExistingUserSignUp: ({ user }) => later(mail.alreadyRegistered(user)),
    },
    emailVerification: {
      sendOnSignUp: true,
      sendOnSignIn: true,
      autoSignInAfterVerification: true,
      sendVerificationEmail: ({ user, url }) => later(verificationMail(options, user, url)),
    },
    ...googleProvider(options.google),
    databaseHooks: {
      session: { create: { before: async (session, ctx) => ({ data: originOf(session, ctx?.headers) }) } },
    },
    plugins: [
      passwordPlugin(options.passwordRule),
      profilePlugin(),
      magicLink({
        expiresIn: LINK_SECONDS,
        storeToken: 'hashed',
        sendMagicLink: ({ email, url }) =>
          later(mail.magicLink(email, onPage(baseUrl, 'confirm-sign-in', url))),
      }),
      ...secondFactor(`${baseUrl}/auth/code`),
      ...passkeys(options),
      jwt({
        disableSettingJwtHeader: true,
        jwks: { keyPairConfig: { alg: 'ES256' }, disablePrivateKeyEncryption: true },
        jwt: { issuer: baseUrl, expirationTime: '10m' },
        adapter: { getJwks: async () => (await options.keys()).map(libraryKey), createJwk: refuseNewKey },
      }),
      oidcProvider(options),
    ],
    advanced: {
      cookiePrefix: 'rs',
      useSecureCookies: options.cookie.secure,
      ...(options.cookie.domain === null
        ? {}
        : { crossSubDomainCookies: { enabled: true, domain: options.cookie.domain } }),
      // The door writes the caller's address there, whatever the caller sent.
      ipAddress: { ipAddressHeaders: ['x-repspheres-address'] },
      disableOriginCheck: false,
      disableCSRFCheck: false,
      database: { generateId: ({ model }) => idFor(model) },
      backgroundTasks: { handler: background },
    },
  };
}
