import { Failure } from '../../core/failure.ts';

/**
 * Refuses an address a payment may not send the browser back to. An entry of the list is an origin, which allows all
 * its paths, or a whole address, which allows that path alone; both exactly, query and fragment aside.
 */
export function checkReturnUrl(path: string, url: string, allowed: readonly string[]): void {
  const wanted = new URL(url);
  const isAllowed = allowed.some((entry) => {
    const known = new URL(entry);
    if (known.origin === 'null' || !beginsWith(url, known.origin)) return false;
    return known.pathname === '/' || known.pathname === wanted.pathname;
  });
  if (isAllowed) return;
  throw new Failure('request.invalid', {
    fields: [{ path, message: 'is not an address that payments may return to' }],
  });
}

/** As the text stands, which is what is sent on: a parser other than ours could read another host out of a backslash or a space. */
function beginsWith(url: string, origin: string): boolean {
  return url.startsWith(origin) && /^(?:[/?#][^\s\\]*)?$/.test(url.slice(origin.length));
}
