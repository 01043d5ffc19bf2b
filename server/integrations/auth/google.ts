import type { BetterAuthOptions } from 'better-auth';

/** The library sets no end to its question at Google's token endpoint. */
const DEADLINE_MS = 10_000;
const CALLBACK = /\/callback\/google$/;

/** Google as a way to sign in; an ID token alone signs nobody in, because nothing binds it to this browser. */
export function googleProvider(google: { readonly clientId: string; readonly clientSecret: string } | null): {
  socialProviders?: BetterAuthOptions['socialProviders'];
} {
  if (google === null) return {};
  return { socialProviders: { google: { ...google, prompt: 'select_account', disableIdTokenSignIn: true } } };
}

type ValidateUserInfo = NonNullable<NonNullable<BetterAuthOptions['user']>['validateUserInfo']>;

/** Nobody joins or makes an account by an address that Google has not proved: its owner may be somebody else. */
export const requireProvedAddress: ValidateUserInfo = ({ user, source }) => {
  const isNew = source.oauth !== undefined && source.action !== 'sign-in';
  return isNew && user.emailVerified !== true ? { error: 'address_not_proved' } : undefined;
};

/** Answers for a Google that does not; what it says later is lost, and the person begins again. */
export function withDeadline(
  handle: (request: Request) => Promise<Response>,
  faultPage: string,
): (request: Request) => Promise<Response> {
  return async (request) => {
    if (!CALLBACK.test(new URL(request.url).pathname)) return handle(request);
    const late = Promise.withResolvers<Response>();
    const answer = () => late.resolve(Response.redirect(`${faultPage}?error=google_unreachable`, 302));
    const timer = setTimeout(answer, DEADLINE_MS);
    return Promise.race([handle(request), late.promise]).finally(() => clearTimeout(timer));
  };
}
