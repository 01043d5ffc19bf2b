/** Commands that change the state of a connection, or hold it: all callers share one. */
const refused = new Set(
  [
    'MULTI EXEC DISCARD WATCH UNWATCH',
    'SUBSCRIBE UNSUBSCRIBE PSUBSCRIBE PUNSUBSCRIBE SSUBSCRIBE SUNSUBSCRIBE MONITOR',
    'AUTH HELLO RESET SELECT QUIT CLIENT',
    'BLPOP BRPOP BRPOPLPUSH BLMOVE BLMPOP BZPOPMIN BZPOPMAX BZMPOP WAIT WAITAOF',
    'SYNC PSYNC REPLCONF REPLICAOF SLAVEOF SHUTDOWN DEBUG FAILOVER',
  ].flatMap((line) => line.split(' ')),
);

const streamReads = new Set(['XREAD', 'XREADGROUP']);

/** Why a command may not run over REST, or null when it may. */
export function whyRefused(command: readonly string[]): string | null {
  const name = (command[0] ?? '').toUpperCase();
  if (refused.has(name)) return `ERR Command is not available: '${name}'`;
  if (streamReads.has(name) && blocks(command)) return `ERR Command is not available: '${name}' with BLOCK`;
  return null;
}

function blocks(command: readonly string[]): boolean {
  const options = command.slice(1).map((part) => part.toUpperCase());
  const block = options.indexOf('BLOCK');
  const streams = options.indexOf('STREAMS');
  return block !== -1 && (streams === -1 || block < streams);
}
