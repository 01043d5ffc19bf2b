import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/redis.ts';
import { median } from './median.ts';

/** How long `npm start` takes until it says that it is ready, and what this process (without Postgres) computed for it. */
export interface StartRow {
  readonly start: 'first' | 'later';
  readonly readyS: number;
  readonly cpuS: number;
  readonly load: number;
}

const serve = new URL('../../server/main/serve.ts', import.meta.url).pathname;
const PATIENCE_MS = 60_000;

/** One first start, database creation included, then `later` starts on the same folder. Floors: 6 s and 2 s on 2 cores. */
export async function benchStarts(later = 5): Promise<StartRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'repspheres-start-'));
  chmodSync(folder, 0o755); // Postgres may run as another user
  const variables = { DATA_DIR: join(folder, 'data'), PORT: String(await freePort()), LOG_LEVEL: 'warn' };
  try {
    const first = await startOnce(variables);
    const rest: Measured[] = [];
    for (let turn = 0; turn < later; turn += 1) rest.push(await startOnce(variables));
    const load = Math.round((loadavg()[0] ?? 0) * 10) / 10;
    return [
      { start: 'first', ...first, load },
      {
        start: 'later',
        readyS: median(rest.map((one) => one.readyS)),
        cpuS: median(rest.map((one) => one.cpuS)),
        load,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Measured = Pick<StartRow, 'readyS' | 'cpuS'>;

async function startOnce(variables: Readonly<Record<string, string>>): Promise<Measured> {
  const cpuOfChild =
    '--import=data:text/javascript,process.on("exit",()=>console.log("cpu",process.cpuUsage()))';
  const child = spawn(process.execPath, [cpuOfChild, serve], {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: PATIENCE_MS,
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const wasReady = said.includes('ready in');
    said += text;
    if (!wasReady && said.includes('ready in')) child.kill('SIGTERM');
  });
  await once(child, 'close');
  const readyS = Number(/ready in ([\d.]+) s/.exec(said)?.[1] ?? Number.NaN);
  const [user = 0, system = 0] = [...said.matchAll(/(?:user|system): (\d+)/g)].map((found) =>
    Number(found[1]),
  );
  return { readyS, cpuS: Math.round((user + system) / 10_000) / 100 };
}

if (import.meta.main) console.table(await benchStarts());
