import type { Database } from '../../../../db/client.ts';
import type { SystemScope } from '../../../../db/scope.ts';
import { withSystemScope } from '../../../../db/tx.ts';
import type { Logger } from '../../../core/observe.ts';
import type { Metering } from '../../../integrations/payments/metering.ts';

/** What the export works with. */
export interface ExportDeps {
  readonly database: Database;
  readonly metering: Metering;
  /** The mode of the vendor that is told: only windows of its customers are. */
  readonly livemode: boolean;
  readonly logger: Logger;
  /** The database's clock, by which windows are sealed and identifiers age. */
  readonly time: () => Promise<Date>;
}

/** One short transaction of the platform; nothing of the export holds one while it talks to the vendor. */
export function asPlatform<T>(
  { database }: Pick<ExportDeps, 'database'>,
  access: 'read' | 'write',
  body: (scope: SystemScope) => Promise<T>,
): Promise<T> {
  return withSystemScope(database, { access, work: 'job' }, body);
}
