import type { Api } from '../contract/api.ts';
import { procedures } from '../contract/procedures.ts';
import type { ClientBase } from './client-base.ts';
import type { ClientOf } from './client-types.ts';
import { createCore } from './core.ts';
import type { RepSpheresOptions } from './options.ts';
import { type RunCalls, runCalls } from './runs.ts';

/** A client: every procedure of the contract, streaming runs, and `ClientBase`. */
export type RepSpheres = ClientOf<Omit<Api, 'runs'>> &
  ClientBase & { readonly runs: ClientOf<Api['runs']> & RunCalls };

/** A client of the RepSpheres API. Opens no connection by itself. Throws a TypeError for options that cannot work. */
export function createRepSpheres(options: RepSpheresOptions): RepSpheres {
  const { tree, base, runtime } = createCore<Api>(options, procedures);
  const streams = runCalls(runtime);
  const { runs } = tree;
  return {
    ...tree,
    ...base,
    runs: {
      ...runs,
      follow: Object.assign(streams.follow, runs.follow),
      startAndFollow: Object.assign(streams.startAndFollow, runs.startAndFollow),
    },
  };
}
