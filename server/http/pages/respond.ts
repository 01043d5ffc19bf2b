import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { HttpEnv } from '../env.ts';
import { layout, type Page } from './layout.ts';
import type { PagesOptions } from './options.ts';
import type { PageCaller } from './page-call.ts';

export type PageContext = Context<HttpEnv>;

/** The fields of a posted form, and where its person was going. */
export interface Posted {
  readonly next: string;
  /** Without the space around it. */
  text(name: string): string;
  /** What a script put there; null for what is no JSON. */
  json(name: string): unknown;
  /** As it was typed: space is part of it, as it is through the JSON door. */
  readonly password: string;
}

/** Nothing runs in these pages but the script of passkeys, nothing frames them, and a form leads only where somebody registered to go. */
export function pageHeaders(options: PagesOptions): Record<string, string> {
  const targets = [
    "'self'",
    ...options.formTargets,
    ...(options.google ? ['https://accounts.google.com'] : []),
  ];
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    `script-src ${options.origin}/auth/passkey.js`,
    `connect-src ${options.origin}/api/auth/passkey/`,
    `form-action ${targets.join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'cache-control': 'no-store',
    'x-frame-options': 'DENY',
    'cross-origin-resource-policy': 'same-origin',
    // With no-referrer a browser would hide the Origin of our own forms, too.
    'referrer-policy': 'same-origin',
  };
}

export async function show(c: PageContext, page: Page, status = 200): Promise<Response> {
  return c.html(await layout(page), status as ContentfulStatusCode); // no page has a status without a body
}

/** See-other, with the cookies that the provider has set. */
export function goTo(c: PageContext, url: string, cookies: readonly string[] = []): Response {
  for (const line of cookies) c.header('set-cookie', line, { append: true });
  return c.redirect(url, 303);
}

export function queryOf(c: PageContext): string {
  return new URL(c.req.url).search.slice(1);
}

export function callerOf(c: PageContext, options: PagesOptions): PageCaller {
  return {
    requestId: c.get('requestId'),
    address: c.get('address'),
    cookie: c.req.header('cookie'),
    userAgent: c.req.header('user-agent'),
    signal: c.req.raw.signal,
    origin: options.origin,
  };
}

/** The form, when a page of ours sent it; null for one from elsewhere, which may not act in a person's name. */
export async function posted(c: PageContext, options: PagesOptions): Promise<Posted | null> {
  const origin = c.req.header('origin');
  const isOurs =
    origin === undefined ? c.req.header('sec-fetch-site') === 'same-origin' : origin === options.origin;
  if (!isOurs || c.req.header('content-type')?.startsWith('application/x-www-form-urlencoded') !== true)
    return null;
  const fields = new URLSearchParams(await c.req.text());
  return {
    next: fields.get('next') ?? '',
    text: (name) => (fields.get(name) ?? '').trim(),
    json: (name) => jsonOf(fields.get(name) ?? ''),
    password: fields.get('password') ?? '',
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
