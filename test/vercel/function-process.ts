import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const driver = fileURLToPath(new URL('call-function.ts', import.meta.url));

/** What a deployment needs; without it the function answers 503. */
export function functionEnvironment(databaseUrl: string): Record<string, string> {
  return {
    NODE_ENV: 'production',
    DATABASE_URL: databaseUrl,
    PUBLIC_URL: 'https://api.example.com',
    ALLOWED_ORIGINS: 'https://app.example.com',
    AUTH_SECRET: 'a-secret-for-tests-with-enough-characters',
    OFFLINE_CHUNK_MS: '2',
  };
}

export interface FunctionProcess {
  readonly child: ChildProcess;
  /** The one JSON line it prints. */
  readonly report: Promise<unknown>;
  /** Its exit code; null when a signal ended it. */
  readonly exit: Promise<number | null>;
  /** What it wrote to standard error, for messages of failed checks. */
  errors(): string;
}

/** Loads a built function in a process of its own, with nothing of this one's environment, and plays a scenario or asks for one path. */
export function startFunction(
  path: string,
  scenario: 'journey' | 'interrupted' | `/${string}`,
  environment: Record<string, string>,
): FunctionProcess {
  const child = spawn(process.execPath, [driver, path, scenario], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return { child, report: firstReport(child, () => errors), exit, errors: () => errors };
}

async function firstReport(child: ChildProcess, errors: () => string): Promise<unknown> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    // Logs go to standard output too, each with a level.
    for (const line of text.split('\n').slice(0, -1)) {
      const parsed = JSON.parse(line) as { level?: number };
      if (parsed.level === undefined) return parsed;
    }
  }
  throw new Error(`the function said nothing\n${text}\n${errors()}`);
}
