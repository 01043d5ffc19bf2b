import { Child } from '../../bench/sockets/child.ts';
import { scratchFolder } from '../../support/server-process.ts';

/** A server in a process of its own, and where it takes deliveries; `child.stop()` kills it with SIGKILL. */
export interface Door {
  readonly child: Child;
  readonly url: string;
}

const file = new URL('./door.ts', import.meta.url);

export async function openDoor(
  variables: Readonly<Record<string, string>>,
  { jobs }: { readonly jobs: boolean },
): Promise<Door> {
  using data = scratchFolder();
  const child = new Child(file, []);
  try {
    const port = await child.ask<number>('open', {
      variables: { ...variables, DATA_DIR: data.path },
      jobs,
    });
    return { child, url: `http://127.0.0.1:${port}/webhooks/stripe` };
  } catch (error) {
    await child.stop();
    throw error;
  }
}
