import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Flags of Redis 7; Upstash knows more (`allow-key-locking`), which stock Redis refuses. */
const redisFlags = new Set(['no-writes', 'allow-oom', 'allow-stale', 'no-cluster', 'allow-cross-slot-keys']);

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');

/** Drops the flags stock Redis does not know from the first line; the number of lines stays, so error positions do too. */
export function rewriteScript(script: string): string {
  return script.replace(/^#!lua[^\n]*/, (line) => {
    const flags = /\sflags=(\S*)/.exec(line)?.[1]?.split(',') ?? [];
    const kept = flags.filter((flag) => redisFlags.has(flag));
    return kept.length > 0 ? `#!lua flags=${kept.join(',')}` : '#!lua';
  });
}

export interface ScriptRewriter {
  /** The command with its script, or the SHA of its script, as stock Redis knows it. */
  toRedis(command: readonly string[]): string[];
  /** What the client must see: the SHA of the text it sent, for SCRIPT LOAD. Undefined for all other commands. */
  answerFor(command: readonly string[]): string | undefined;
}

/**
 * Clients hard-code the SHA of the script they ship, so EVALSHA arrives with the hash of the original text.
 * A SHA that was not seen yet goes through as it is: Redis answers NOSCRIPT and the client sends the text.
 */
export function createScriptRewriter(maxScripts = 1_000): ScriptRewriter {
  const rewrittenSha = new LRUCache<string, string>({ max: maxScripts });
  const learn = (script: string) => {
    const rewritten = rewriteScript(script);
    if (rewritten !== script) rewrittenSha.set(sha1(script), sha1(rewritten));
    return rewritten;
  };
  const known = (sha: string) => rewrittenSha.get(sha.toLowerCase()) ?? sha;

  return {
    toRedis(command) {
      const [name = '', second = '', third = '', ...rest] = command;
      switch (name.toUpperCase()) {
        case 'EVAL':
        case 'EVAL_RO':
          return command.length < 2 ? [...command] : [name, learn(second), ...command.slice(2)];
        case 'EVALSHA':
        case 'EVALSHA_RO':
          return command.length < 2 ? [...command] : [name, known(second), ...command.slice(2)];
        case 'SCRIPT':
          if (command.length < 3) return [...command];
          if (second.toUpperCase() === 'LOAD') return [name, second, learn(third), ...rest];
          if (second.toUpperCase() === 'EXISTS') return [name, second, ...command.slice(2).map(known)];
          return [...command];
        default:
          return [...command];
      }
    },
    answerFor(command) {
      const [name, second, script] = command;
      const loads = name?.toUpperCase() === 'SCRIPT' && second?.toUpperCase() === 'LOAD';
      return loads && script !== undefined ? sha1(script) : undefined;
    },
  };
}
