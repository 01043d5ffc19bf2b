import { Failure } from '../core/failure.ts';

export interface StripeFault {
  /** One line for a person. */
  readonly text: string;
  /** Trying again cannot help: the key is wrong, or may not do this. */
  readonly isFinal: boolean;
}

/** What Stripe said against a call, or that it said nothing; null for any other error. */
export function stripeFault(error: unknown): StripeFault | null {
  const cause = error instanceof Failure ? error.detail.cause : error;
  if (!(cause instanceof Error) || !('type' in cause) || !String(cause.type).startsWith('Stripe'))
    return null;
  if (cause.type === 'StripeConnectionError') return { text: 'Stripe does not answer.', isFinal: false };
  const isFinal = cause.type === 'StripeAuthenticationError' || cause.type === 'StripePermissionError';
  return { text: `Stripe did not do it: ${cause.message}`, isFinal };
}
