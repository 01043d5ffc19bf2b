import { ErrorReply } from 'redis';
import type { RedisConnection } from './connection.ts';
import { type Encoding, encodeReply, type Reply, type WireResult } from './encoding.ts';
import { Refusal } from './refusal.ts';
import { createScriptRewriter } from './scripts.ts';
import { whyRefused } from './shared-connection.ts';

export type WireAnswer = { readonly result: WireResult } | { readonly error: string };

export interface Executor {
  /** One command; its error reply becomes a 400 with Redis' own text. */
  one(command: readonly string[], encoding: Encoding): Promise<WireAnswer>;
  /** Every command in order, each with its own result or error. */
  pipeline(commands: readonly (readonly string[])[], encoding: Encoding): Promise<WireAnswer[]>;
  /** All commands or none, nothing of others between them. */
  transaction(commands: readonly (readonly string[])[], encoding: Encoding): Promise<WireAnswer[]>;
}

/** Runs commands of many requests over one connection; Redis that does not answer within `timeoutMs` is a 504, an absent one a 503. */
export function createExecutor(redis: RedisConnection, timeoutMs: number): Executor {
  const scripts = createScriptRewriter();

  const send = async (command: readonly string[], chainId?: symbol): Promise<Reply> => {
    const reply = await redis.sendCommand<Reply>(scripts.toRedis(command), chainId ? { chainId } : {});
    return chainId === undefined ? (scripts.answerFor(command) ?? reply) : reply;
  };
  const answer = (reply: Reply, encoding: Encoding): WireAnswer =>
    reply instanceof ErrorReply ? { error: reply.message } : { result: encodeReply(reply, encoding) };
  const settle = async (command: readonly string[], encoding: Encoding): Promise<WireAnswer> => {
    const reason = whyRefused(command);
    if (reason !== null) return { error: reason };
    try {
      return answer(await send(command), encoding);
    } catch (error) {
      if (error instanceof ErrorReply) return { error: error.message };
      throw new Refusal(503, 'ERR Redis is not reachable');
    }
  };

  return {
    async one(command, encoding) {
      const result = await within(timeoutMs, settle(command, encoding));
      if ('error' in result) throw new Refusal(400, result.error);
      return result;
    },
    pipeline: (commands, encoding) =>
      within(timeoutMs, Promise.all(commands.map((command) => settle(command, encoding)))),
    async transaction(commands, encoding) {
      const reason = commands.map(whyRefused).find((why) => why !== null);
      if (reason) throw new Refusal(400, `EXECABORT Transaction discarded because of: ${reason}`);
      const replies = await within(timeoutMs, exec(commands));
      return replies.map((reply, index) => {
        const sha = reply instanceof ErrorReply ? undefined : scripts.answerFor(commands[index] ?? []);
        return answer(sha ?? reply, encoding);
      });
    },
  };

  /** MULTI … EXEC queued in one go under one chain: the client writes them without anything between, and drops the rest when the connection breaks. */
  async function exec(commands: readonly (readonly string[])[]): Promise<Reply[]> {
    const chainId = Symbol('multi-exec');
    const queued = [['MULTI'], ...commands].map((command) => send(command, chainId));
    const outcome = send(['EXEC'], chainId);
    const failures = (await Promise.allSettled([...queued, outcome])).flatMap((settled) =>
      settled.status === 'rejected' ? [settled.reason] : [],
    );
    const abort = failures.find((failure) => failure instanceof ErrorReply);
    if (abort) throw new Refusal(400, `EXECABORT Transaction discarded because of: ${abort.message}`);
    if (failures.length > 0) throw new Refusal(503, 'ERR Redis is not reachable');
    const replies = await outcome;
    if (!Array.isArray(replies)) throw new Refusal(400, 'EXECABORT Transaction discarded');
    return replies;
  }
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Refusal(504, 'ERR Redis did not answer in time')), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
