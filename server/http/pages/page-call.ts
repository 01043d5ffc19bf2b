import type { z } from 'zod';
import { Failure } from '../../core/failure.ts';
import { AUTH_PREFIX, type AuthCaller, type AuthDoorOptions, handleAuth } from '../auth-door.ts';

/** What a call of the provider on a person's behalf came to. */
export interface PageAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** Where a redirect leads; null for another answer. */
  readonly location: string | null;
  /** Set-Cookie lines that belong into the page's answer. */
  readonly cookies: readonly string[];
}

export interface PageCaller extends AuthCaller {
  readonly cookie: string | undefined;
  readonly userAgent: string | undefined;
  /** Fires when the person has gone. */
  readonly signal: AbortSignal;
  /** This server's own origin, under which its pages call. */
  readonly origin: string;
}

/** Calls the provider as the JSON door would, limits included, with the cookies of the person at the page; without fields it reads. */
export async function callProvider(
  options: AuthDoorOptions,
  caller: PageCaller,
  path: string,
  fields: Readonly<Record<string, unknown>> | null,
): Promise<PageAnswer> {
  const request = new Request(`${caller.origin}${AUTH_PREFIX}${path}`, {
    method: fields === null ? 'GET' : 'POST',
    signal: caller.signal,
    headers: {
      ...(fields === null ? {} : { 'content-type': 'application/json' }),
      accept: 'application/json',
      origin: caller.origin,
      ...(caller.cookie === undefined ? {} : { cookie: caller.cookie }),
      ...(caller.userAgent === undefined ? {} : { 'user-agent': caller.userAgent }),
    },
    ...(fields === null ? {} : { body: JSON.stringify(fields) }),
  });
  const response = await handleAuth(options, request, caller);
  const text = await response.text();
  return {
    ok: response.ok,
    status: response.status,
    body: parsed(text),
    location: response.headers.get('location'),
    cookies: response.headers.getSetCookie(),
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  if (text === '') return {};
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  } catch (cause) {
    throw new Failure('server.internal', { cause });
  }
}

/** What a call that succeeded gave; throws when it is not what the provider promises. */
export function contentOf<S extends z.ZodType>({ body, status }: PageAnswer, schema: S): z.output<S> {
  const content = schema.safeParse(body);
  if (content.success) return content.data;
  throw new Failure('server.internal', {
    cause: new Error(`the provider answered ${status}`, { cause: content.error }),
  });
}

/** The words of a refused call for the person at the page; what we do not know is told without detail. */
export function faultOf({ status, body }: PageAnswer): string {
  const code = typeof body.code === 'string' ? body.code : '';
  if (Object.hasOwn(faults, code)) return faults[code as keyof typeof faults];
  const message = typeof body.message === 'string' ? body.message : '';
  if (code === 'VALIDATION_ERROR' && message.startsWith('[body.email]')) return faults.INVALID_EMAIL;
  if (status === 429) return 'Too many attempts. Wait some minutes, then try again.';
  if (code === 'PASSWORD_COMPROMISED') return message;
  return status < 500
    ? 'That did not work. Check what you entered.'
    : 'Something went wrong on our side. Try again.';
}

const faults = {
  INVALID_EMAIL_OR_PASSWORD: 'The e-mail or password is not right.',
  INVALID_EMAIL: 'Enter an e-mail address, such as name@example.com.',
  EMAIL_NOT_VERIFIED: 'Confirm your address first: we sent you a new link.',
  PASSWORD_TOO_SHORT: 'Choose a password of at least 8 characters.',
  PASSWORD_TOO_LONG: 'Choose a password of at most 128 characters.',
  INVALID_TOKEN: 'This link was used already or is too old. Ask for a new one.',
  INVALID_PASSWORD: 'The password is not right.',
  ACCOUNT_TEMPORARILY_LOCKED: 'Too many wrong codes. Wait some minutes, then try again.',
  PASSKEY_NOT_FOUND: 'This passkey is not known here. It may have been removed.',
  FAILED_TO_VERIFY_REGISTRATION: 'The passkey could not be saved. Try again.',
  AUTHENTICATION_FAILED: 'The passkey could not be used. Try again, or sign in another way.',
  CHALLENGE_NOT_FOUND: 'That took too long. Try again.',
  PERSON_NOT_VERIFIED: 'Your device must ask for a PIN, finger or face. Set one up there, then try again.',
  SESSION_NOT_FRESH: 'For this you must have signed in within the last day.',
  INVALID_CODE: 'This code is not right. Enter the one your app shows now.',
  INVALID_BACKUP_CODE: 'This backup code is not right, or was used before.',
  INVALID_TWO_FACTOR_COOKIE: 'That took too long. Sign in again.',
  ACCOUNT_SUSPENDED: 'This account is suspended. Write to support.',
} as const;
