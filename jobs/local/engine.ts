import type { Database } from '../../db/client.ts';
import type { JobEvent } from '../../db/schema/jobs.ts';
import type { SystemScope } from '../../db/scope.ts';
import type { Clock } from '../../server/core/clock.ts';
import type { Logger } from '../../server/core/observe.ts';
import type { LocalFunction } from './function-config.ts';
import type { ExecutorSettings } from './settings.ts';

/** What every part of the executor works with. */
export interface Engine {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: ExecutorSettings;
  /** By id; filled when the app's functions are registered. */
  readonly functions: Map<string, LocalFunction>;
}

/** One transaction of the executor. */
export interface Work {
  readonly engine: Engine;
  readonly scope: SystemScope;
  readonly now: Date;
  /** Events to be dispatched in the same transaction once its body is done. */
  readonly followUps: JobEvent[];
}
