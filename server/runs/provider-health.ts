import { type CircuitBreakerPolicy, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import { ProviderError, type ProviderErrorKind, type ProviderId } from '../integrations/ai/port.ts';

/** Failures that are the request's or the caller's, and say nothing about the vendor. */
const notTheVendors: ReadonlySet<ProviderErrorKind> = new Set([
  'invalid_request',
  'context_length',
  'content_filter',
  'aborted',
]);

/** Leave to try a provider once; tell what came of it, at the first token or at the failure. */
export interface Admission {
  worked(): void;
  failed(error: ProviderError): void;
}

/** What this process has lately seen of each provider. */
export interface ProviderHealth {
  /** Leave to try now, or null while the provider counts as dead (or one probe is under way). */
  admit(provider: ProviderId): Admission | null;
}

/** After `failures` in a row (default 5) a provider is skipped for `openMs` (default 10,000), then probed with one attempt. */
export function createProviderHealth(
  options: { readonly failures?: number; readonly openMs?: number } = {},
): ProviderHealth {
  const breakers = new Map<ProviderId, CircuitBreakerPolicy>();
  const breakerOf = (provider: ProviderId) => {
    const known = breakers.get(provider) ?? newBreaker(options.failures ?? 5, options.openMs ?? 10_000);
    breakers.set(provider, known);
    return known;
  };
  return { admit: (provider) => admitBy(breakerOf(provider)) };
}

function newBreaker(failures: number, openMs: number): CircuitBreakerPolicy {
  const vendorFailed = (error: unknown) => error instanceof ProviderError && !notTheVendors.has(error.kind);
  return circuitBreaker(handleWhen(vendorFailed), {
    breaker: new ConsecutiveBreaker(failures),
    halfOpenAfter: openMs,
  });
}

class NotAdmitted extends Error {}

function admitBy(breaker: CircuitBreakerPolicy): Admission | null {
  const verdict = Promise.withResolvers<void>();
  let admitted = false;
  let refused = false;
  // The breaker calls the function before it returns, or not at all, or (after another's probe) too late for us.
  const seen = breaker.execute(() => {
    if (refused) throw new NotAdmitted();
    admitted = true;
    return verdict.promise;
  });
  // The failure is the attempt's to report; here it is only counted.
  seen.catch(() => undefined);
  if (!admitted) {
    refused = true;
    return null;
  }
  return { worked: () => verdict.resolve(), failed: (error) => verdict.reject(error) };
}
