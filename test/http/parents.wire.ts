import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const parents = fileURLToPath(new URL('../../server/main/parents.ts', import.meta.url));
/** Says who it is, waits, and says when its parents are gone. */
const watcher = `
  const { onParentsGone } = await import(${JSON.stringify(parents)});
  onParentsGone(() => { console.log('gone'); process.exit(0); });
  console.log('watching');
  setTimeout(() => process.exit(1), 20_000);
`;

/** A shell above a shell above the watcher, as npm has one; the last command keeps a shell from becoming its child. */
function started(): ChildProcess {
  const inner = `echo $$; "${process.execPath}" --input-type=module -e "$WATCHER"; true`;
  return spawn('sh', ['-c', `sh -c '${inner}'; true`], {
    env: { ...process.env, WATCHER: watcher },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

test.each(['the shell between', 'npm'])('what npm start runs learns that %s is gone', async (which) => {
  const outer = started();
  if (outer.stdout === null) throw new Error('no output');
  const lines = createInterface({ input: outer.stdout })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value as string | undefined;
  const shell = Number(await next());
  expect(await next()).toBe('watching');
  process.kill(which === 'npm' ? (outer.pid ?? 0) : shell, 'SIGTERM');
  expect(await next()).toBe('gone');
});
