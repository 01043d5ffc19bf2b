import type { Pipeline, Redis } from '@upstash/redis';
import { storeDeadlineMs, withDeadline } from './deadline.ts';

/** One command's answer; a refusal of one command is a value, so that it hides no other. */
export type Reply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: string };

/** What the log uses of `Redis` of @upstash/redis. */
export interface RedisClient {
  pipeline(): Pipeline;
}

/** Sends the commands that `fill` adds as one request, in order. Rejects when the request as a whole fails or is late. */
export type RedisPipe = (fill: (pipeline: Pipeline) => void) => Promise<readonly Reply[]>;

export interface RedisConnection {
  /** Upstash's REST address, or the bridge's. */
  readonly url: string;
  readonly token: string;
  readonly deadlineMs?: number;
}

/**
 * The client as the run log needs it. No retries: the client repeats blindly, we know which append is in doubt
 * (`retry: false` still means one retry, so the number is given). The signal is a function, because with a plain one
 * the client resolves an aborted call with the reason as data. Plain replies, because base64 costs CPU and our JSON is
 * valid UTF-8. No automatic parsing, because it would turn texts that look like numbers or JSON into such.
 */
export async function connectRunLogRedis(connection: RedisConnection): Promise<Redis> {
  const { Redis: Client } = await import('@upstash/redis');
  const deadlineMs = connection.deadlineMs ?? storeDeadlineMs;
  return new Client({
    url: connection.url,
    token: connection.token,
    retry: { retries: 0 },
    signal: () => AbortSignal.timeout(deadlineMs),
    responseEncoding: false,
    automaticDeserialization: false,
    enableAutoPipelining: false,
    enableTelemetry: false,
  });
}

export function createRedisPipe(redis: RedisClient, deadlineMs: number): RedisPipe {
  return async (fill) => {
    const pipeline = redis.pipeline();
    fill(pipeline);
    const expected = pipeline.length();
    if (expected === 0) return [];
    const call = pipeline.exec({ keepErrors: true });
    const answers: unknown = await withDeadline(call, 'redis', deadlineMs).catch(withoutCommands);
    if (!Array.isArray(answers) || answers.length !== expected) {
      throw new TypeError('Redis did not answer each command of a request');
    }
    return answers.map(toReply);
  };
}

function toReply(answer: unknown): Reply {
  if (typeof answer !== 'object' || answer === null)
    throw new TypeError('Redis answered with something unknown');
  if ('error' in answer && typeof answer.error === 'string') return { ok: false, error: answer.error };
  if (!('result' in answer) || answer.result === undefined)
    throw new TypeError('Redis answered without a result');
  return { ok: true, value: answer.result };
}

/** The client puts the commands into its error texts: the words of our users, which must not reach a log file. */
function withoutCommands(error: unknown): never {
  if (!(error instanceof Error)) throw new Error('the Redis request failed');
  const [reason] = error.message.split(', command was:');
  if (reason === error.message && error.name !== 'UpstashJSONParseError') throw error;
  throw new Error(error.name === 'UpstashJSONParseError' ? 'Redis did not answer with JSON' : reason);
}
