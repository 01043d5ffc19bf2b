import { setTimeout as sleep } from 'node:timers/promises';
import type { Pipeline } from '@upstash/redis';
import type { RedisClient } from '../../../server/runs/redis-pipe.ts';
import type { Mutation } from './simulate.ts';
import type { SqlClient } from './stores.ts';

/** Mistakes that can be made over any store. */
export const mutations = {
  'the tail is read before the marker is written': (log) => ({
    ...bound(log),
    async takeover(runId, epoch, options) {
      const before = await log.tail(runId);
      await sleep(2);
      const after = await log.takeover(runId, epoch, options);
      return after === 'fenced' || !before.exists ? after : { ...before, epoch };
    },
  }),
  'no marker is written but the first': (log) => ({
    ...bound(log),
    async takeover(runId, epoch, options) {
      const before = await log.tail(runId);
      return before.exists ? { ...before, epoch } : log.takeover(runId, epoch, options);
    },
  }),
  'a refusal is taken for success': (log) => ({
    ...bound(log),
    async append(runId, entry) {
      await log.append(runId, entry);
      return 'appended';
    },
  }),
  'a failed request is taken for success': (log) => ({
    ...bound(log),
    append: (runId, entry) => log.append(runId, entry).catch(() => 'appended'),
  }),
} satisfies Record<string, Mutation>;

/** A process that forgets what it has written cannot see that a batch comes after a gap. */
export const forgetful: Mutation = (log, store) => ({
  ...bound(log),
  append: (runId, entry) => store.openLog(null).append(runId, entry),
});

type SqlEdit = readonly [from: string, to: string];

/** Mistakes in the statements: each takes one guard away. */
export const sqlMutations: Readonly<Record<string, readonly SqlEdit[]>> = {
  'an append does not compare epochs': [['h.epoch = b.epoch and ', '']],
  'an append does not look for a gap': [['h.last_seq = b.first_seq - 1', 'h.last_seq < b.last_seq']],
  'a takeover does not raise the epoch': [
    ['set epoch = excluded.epoch', 'set epoch = run_log_heads.epoch'],
    ['h.epoch = b.epoch and ', ''],
  ],
  'an ended log is not closed': [[' and not h.ended', '']],
  'any refusal is taken for an own retry': [
    ['coalesce(l.epoch = b.epoch and l.first_seq = b.first_seq and l.events = b.events, false)', 'true'],
  ],
};

/** The client with its statements edited. An edit that fits no statement of the adapter is reported by `unused`. */
export function editSql(edits: readonly SqlEdit[]): {
  edit(client: SqlClient): SqlClient;
  unused(): string[];
} {
  const used = new Set<string>();
  const apply = (text: string, [from, to]: SqlEdit) => {
    if (text.includes(from)) used.add(from);
    return text.replace(from, to);
  };
  return {
    edit: (client) => ({ unsafe: (text) => client.unsafe(edits.reduce(apply, text)) }),
    unused: () => edits.map(([from]) => from).filter((from) => !used.has(from)),
  };
}

/** Mistakes in the commands. */
export const redisMutations: Readonly<Record<string, (client: RedisClient) => RedisClient>> = {
  'Redis numbers the entries, and a retry adds another': (client) =>
    editPipeline(client, (pipeline, xadd) => {
      pipeline.xadd = (key, id, ...rest) => xadd(key, String(id).replace(/-[1-9]\d*$/, '-*'), ...rest);
    }),
  'a refused append counts as written': (client) =>
    editPipeline(client, (pipeline) => {
      const send = pipeline.exec as (options: object) => Promise<{ error?: string; result: unknown }[]>;
      const accept = async (options: object) => {
        const answers = await send(options);
        return answers.map((one) => (one.error?.includes('equal or smaller') ? { result: '1-1' } : one));
      };
      Object.assign(pipeline, { exec: accept });
    }),
};

function editPipeline(
  client: RedisClient,
  edit: (pipeline: Pipeline, xadd: Pipeline['xadd']) => void,
): RedisClient {
  return {
    pipeline() {
      const pipeline = client.pipeline();
      edit(pipeline, pipeline.xadd);
      return pipeline;
    },
  };
}

/** The methods of a log, free of its class, so that one of them can be replaced. */
function bound(log: Parameters<Mutation>[0]): ReturnType<Mutation> {
  return {
    kind: log.kind,
    takeover: (...input) => log.takeover(...input),
    append: (...input) => log.append(...input),
    read: (...input) => log.read(...input),
    readMany: (...input) => log.readMany(...input),
    tail: (...input) => log.tail(...input),
    audit: (...input) => log.audit(...input),
    drop: (...input) => log.drop(...input),
  };
}
