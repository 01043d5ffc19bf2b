import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

interface Reply {
  readonly seq: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Milliseconds of the machine's monotonic clock: comparable between processes. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

/** A process of a bench that answers questions; `ask` rejects when it dies. */
export class Child {
  readonly #process: ChildProcess;
  #seq = 0;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();

  constructor(file: URL, args: readonly string[]) {
    this.#process = fork(file, args, {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#process.on('message', (reply) => this.#settle(reply as Reply));
    this.#process.on('exit', (code) => {
      for (const waiting of this.#waiting.values())
        waiting.reject(new Error(`bench process ended with ${code}`));
    });
  }

  ask<T>(question: string, details: object = {}): Promise<T> {
    this.#seq += 1;
    const seq = this.#seq;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(seq, { resolve: (value) => resolve(value as T), reject });
      this.#process.send({ seq, question, details });
    });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.seq);
    this.#waiting.delete(reply.seq);
    if (reply.error === undefined) waiting?.resolve(reply.value);
    else waiting?.reject(new Error(reply.error));
  }
}

/** The other side: answers the questions of the process that forked this one. */
export function answer(handlers: Readonly<Record<string, (details: never) => unknown>>): void {
  process.on('disconnect', () => process.exit(0));
  process.on(
    'message',
    async ({ seq, question, details }: { seq: number; question: string; details: never }) => {
      try {
        process.send?.({ seq, value: await handlers[question]?.(details) });
      } catch (error) {
        process.send?.({ seq, error: String(error) });
      }
    },
  );
}
