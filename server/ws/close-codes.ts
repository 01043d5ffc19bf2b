import type { Failure } from '../core/failure.ts';

/**
 * Why the gateway closes a socket. The standard codes keep their meaning (RFC 6455 7.4.1); 4xxx are ours.
 * `resumable`: connect again at once and subscribe with the last event id.
 * `1007`, `1009` and reserved-bit `1002` closes come from the ws library itself.
 */
export const closeCodes = {
  policy: { code: 1008, resumable: false },
  internal: { code: 1011, resumable: true },
  restart: { code: 1012, resumable: true },
  badMessage: { code: 4400, resumable: false },
  unauthenticated: { code: 4401, resumable: true },
  forbidden: { code: 4403, resumable: false },
  authDeadline: { code: 4408, resumable: true },
  rightsChanged: { code: 4409, resumable: true },
  tooMany: { code: 4429, resumable: true },
  slowReader: { code: 4490, resumable: true },
  unavailable: { code: 4503, resumable: true },
} as const satisfies Record<string, { readonly code: number; readonly resumable: boolean }>;

export type CloseReason = keyof typeof closeCodes;

/** The close that follows a failure which ends the whole socket. */
export function closeReasonOf(failure: Failure): CloseReason {
  if (failure.code === 'auth.rights-changed') return 'rightsChanged';
  switch (failure.kind) {
    case 'invalid':
      return 'badMessage';
    case 'unauthenticated':
      return 'unauthenticated';
    case 'forbidden':
      return 'forbidden';
    case 'limit':
      return 'tooMany';
    case 'upstream':
      return 'unavailable';
    default:
      return 'internal';
  }
}
