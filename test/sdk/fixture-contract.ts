import { collectProcedures } from '../../sdk/tools/collect-procedures.ts';
import { contractFiles } from '../../sdk/tools/contract-files.ts';
import { schemaNames } from '../../sdk/tools/schema-names.ts';
import { appIds } from '../../server/core/apps.ts';
import { catalog, kindMappings } from '../../server/core/catalog.ts';
import { tiers } from '../../server/core/tiers.ts';
import * as events from '../../server/runs/events.ts';
import { fixtureRouter } from './fixture-router.ts';
import * as schemas from './fixture-schemas.ts';

const facts = {
  appIds,
  tiers,
  failureCodes: Object.keys(catalog).sort(),
  failureKinds: Object.keys(kindMappings).sort(),
};

/** The contract of the fixture router, by file name. */
export function fixtureContract(): Map<string, string> {
  return contractFiles(collectProcedures(fixtureRouter), schemaNames([schemas, events]), facts);
}
