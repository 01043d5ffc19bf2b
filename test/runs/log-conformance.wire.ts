import { afterAll, beforeAll, describe } from 'vitest';
import type { RedisClient } from '../../server/runs/redis-pipe.ts';
import { connectRunLogRedis } from '../../server/runs/redis-pipe.ts';
import { bridgeToken, redisMissingReason, startRedisWithBridge } from '../support/redis.ts';
import { describeContract } from './log-harness/contract.ts';
import { forgetful, mutations, redisMutations } from './log-harness/mutations.ts';
import { itKeepsThePromise, itSees } from './log-harness/promise.ts';
import { redisStore } from './log-harness/stores.ts';

const missing = redisMissingReason();

describe.skipIf(missing !== null)(`run log: redis${missing === null ? '' : ` (${missing})`}`, () => {
  let redis: RedisClient;
  let server: Awaited<ReturnType<typeof startRedisWithBridge>>;
  const open = () => redisStore(redis);

  beforeAll(async () => {
    server = await startRedisWithBridge();
    redis = await connectRunLogRedis({ url: server.bridge.url, token: bridgeToken });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  describeContract(open);
  itKeepsThePromise(open, 200);
  for (const [mistake, mutation] of Object.entries(mutations)) itSees(mistake, open, mutation);
  itSees('a process forgets what it wrote', open, forgetful);
  for (const [mistake, edit] of Object.entries(redisMutations))
    itSees(mistake, () => redisStore(redis, edit));
});
