import type { FailureCode } from '../../server/core/catalog.ts';
import type { World } from './world.ts';

/** What is tried, the token it is tried with, and the code it is refused with: `auth.invalid-token` where none is named. */
export type Attack = readonly [
  name: string,
  token: (world: World) => string | Promise<string>,
  code?: FailureCode,
];
