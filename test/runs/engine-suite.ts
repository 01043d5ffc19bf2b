import { afterAll, beforeAll } from 'vitest';
import type { Database } from '../../db/client.ts';
import type { MemberActor } from '../../server/core/actor.ts';
import { testDatabase } from '../support/database.ts';
import { type Instance, type InstanceOptions, openInstance, person } from './engine-world.ts';

interface EngineSuite {
  readonly database: Database;
  readonly robin: MemberActor;
  /** A process of one deployment with these models; ended with the file. */
  instanceOf(...models: InstanceOptions['models']): Promise<Instance>;
}

/** The database of a test file, a person in it, and its instances; fields are there once the tests run. */
export function engineSuite(): EngineSuite {
  const open: Instance[] = [];
  const suite = {} as { database: Database; robin: MemberActor };
  beforeAll(async () => {
    suite.database = await testDatabase();
    suite.robin = await person(suite.database);
  });
  afterAll(async () => {
    await Promise.all(open.map((one) => one[Symbol.asyncDispose]()));
  });
  return Object.assign(suite, {
    async instanceOf(...models: InstanceOptions['models']) {
      const instance = await openInstance({ database: suite.database, models });
      open.push(instance);
      return instance;
    },
  });
}
