import { Failure } from '../../core/failure.ts';

/**
 * Refuses an address a payment may not send the browser back to. An entry of the list is an origin, which allows all
 * its paths, or a whole address, which allows that path alone; both exactly, query and fragment aside.
 */
export function checkReturnUrl(path: string, url: string, allowed: readonly string[]): void {
  const wanted = new URL(url);
  const isAllowed = allowed.some((entry) => {
    const known = new URL(entry);
    if (known.origin !== wanted.origin || known.origin === 'null') return false;
    return known.pathname === '/' || known.pathname === wanted.pathname;
  });
  if (isAllowed && wanted.username === '' && wanted.password === '') return;
  throw new Failure('request.invalid', {
    fields: [{ path, message: 'is not an address that payments may return to' }],
  });
}
