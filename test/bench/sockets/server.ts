import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { answer, monotonicMs } from './child.ts';
import { type Sinks, serve } from './contenders.ts';
import { type Contender, token } from './token.ts';

/** One contender in a process of its own: `node server.ts <contender>`. */
const sinks: Sinks = [];
const http = createServer();
serve(process.argv[2] as Contender, http, sinks);

const STEP_MS = 5;

export interface EmitPlan {
  readonly streams: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly firstSeq: number;
}

/** Sends what is due by the schedule; a late server sends late, with the scheduled stamp. */
async function emit({ streams, perSecond, seconds, firstSeq }: EmitPlan): Promise<{ cpuMs: number }> {
  const gap = 1_000 / perSecond;
  const total = Math.round(seconds * perSecond) * streams;
  const cpu = process.cpuUsage();
  const start = monotonicMs() + 10;
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((monotonicMs() - start) / gap) * streams));
    for (; sent < due; sent += 1) {
      // Streams are spread evenly over the gap: token `sent` belongs to stream `sent mod streams`.
      sinks[sent % streams]?.(token(firstSeq + Math.floor(sent / streams), start + (sent / streams) * gap));
    }
    await pause(STEP_MS);
  }
  await pause(100);
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMs: (user + system) / 1_000 };
}

async function rss(): Promise<{ rss: number; heap: number }> {
  for (let turn = 0; turn < 4; turn += 1) {
    globalThis.gc?.();
    await pause(100);
  }
  const { rss: bytes, heapUsed } = process.memoryUsage();
  return { rss: bytes, heap: heapUsed };
}

answer({
  listen: () => new Promise((done) => http.listen(0, () => done((http.address() as AddressInfo).port))),
  sinks: () => sinks.length,
  emit,
  rss,
});
