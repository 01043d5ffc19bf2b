import type { Call } from '../core/call.ts';

/** What every procedure gets: the call as its operation will see it. */
export type Context = Omit<Call, 'signal'>;
