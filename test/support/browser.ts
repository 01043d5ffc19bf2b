import type { Backend } from '../../server/main/backend.ts';

/** A person at a browser: keeps cookies and sends them with its origin, as a page of that origin would. */
export class Browser {
  readonly #backend: Backend;
  readonly origin: string;
  readonly cookies = new Map<string, string>();

  constructor(backend: Backend, origin = 'https://app.example.com') {
    this.#backend = backend;
    this.origin = origin;
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookies.size > 0) headers.set('cookie', this.cookieHeader);
    if (!headers.has('origin') && init.method === 'POST') headers.set('origin', this.origin);
    const response = await this.#backend.http.request(path, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-repspheres-app': 'crm', ...headers },
      body: JSON.stringify(body),
    });
  }

  /** Sends a form of a page of the server's own. */
  submit(
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return this.request(path, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: 'http://localhost:8787',
        ...headers,
      },
      body: new URLSearchParams(fields).toString(),
    });
  }

  /** Follows a link as from a mail, and presses the button of the page that asks first. */
  async open(url: string): Promise<Response> {
    const { pathname, search, origin } = new URL(url, 'http://localhost:8787');
    const page = await this.request(pathname + search);
    if (!pathname.startsWith('/auth/confirm-')) return page;
    return this.submit(pathname, { next: search.slice(1) }, { origin });
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';');
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    if (attributes.some((one) => /^\s*max-age=0$/i.test(one))) this.cookies.delete(name);
    else this.cookies.set(name, pair.slice(at + 1));
  }
}
