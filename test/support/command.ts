import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command of `server/main`, as a person runs it, with these variables alone. */
export async function runCommand(
  name: string,
  variables: Readonly<Record<string, string>>,
  given: readonly string[] = [],
): Promise<Ended> {
  const env = { PATH: process.env.PATH, NODE_ENV: 'test', ...variables };
  try {
    const { stdout, stderr } = await run(process.execPath, [`server/main/${name}.ts`, ...given], {
      env,
      timeout: 60_000,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as Ended;
  }
}
