import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { answer, monotonicMs } from './child.ts';
import { type Contender, type Token, wordOf } from './token.ts';

/** Followers of any contender over bare ws, so that all are read at the same cost. */
interface Follower {
  next: number;
  wrong: number;
}

interface Tally {
  latencies: number[];
  followers: Follower[];
}

const tallies = new Map<string, Tally>();

function tallyOf(contender: string): Tally {
  const known = tallies.get(contender);
  if (known !== undefined) return known;
  const tally: Tally = { latencies: [], followers: [] };
  tallies.set(contender, tally);
  return tally;
}

function url(contender: Contender, port: number): string {
  if (contender === 'socket.io') return `ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`;
  return contender === 'gateway'
    ? `ws://127.0.0.1:${port}/trpc?connectionParams=1`
    : `ws://127.0.0.1:${port}/`;
}

/** The token in a frame, or null for a frame of the protocol's own. */
function tokenIn(contender: Contender, text: string, ws: WebSocket): Token | null {
  if (contender === 'socket.io') {
    if (text.startsWith('42')) return (JSON.parse(text.slice(2)) as [string, Token])[1];
    if (text === '2') ws.send('3');
    else if (text.startsWith('0')) ws.send('40');
    return null;
  }
  const { result } = JSON.parse(text) as { result?: { type: string; data?: Token } };
  return result?.type === 'data' ? (result.data ?? null) : null;
}

function hello(contender: Contender, ws: WebSocket): void {
  if (contender !== 'gateway') return;
  ws.send('{"method":"connectionParams","data":{"token":"t","app":"crm"}}');
  ws.send('{"id":1,"method":"subscription","params":{"path":"follow"}}');
}

interface ConnectPlan {
  readonly contender: Contender;
  readonly port: number;
  readonly count: number;
  readonly localAddress?: string;
}

function connectOne(plan: ConnectPlan, tally: Tally): Promise<void> {
  const { contender, port, localAddress } = plan;
  const follower: Follower = { next: 1, wrong: 0 };
  tally.followers.push(follower);
  const ws = new WebSocket(url(contender, port), {
    perMessageDeflate: false,
    ...(localAddress === undefined ? {} : { localAddress }),
  });
  ws.on('message', (data: Buffer) => {
    const token = tokenIn(contender, data.toString(), ws);
    if (token === null) return;
    tally.latencies.push(monotonicMs() - token.data.at);
    if (token.data.seq !== follower.next || token.data.text !== wordOf(follower.next)) follower.wrong += 1;
    follower.next = token.data.seq + 1;
  });
  return new Promise((resolve, reject) => {
    ws.on('open', () => {
      hello(contender, ws);
      resolve();
    });
    ws.on('error', reject);
  });
}

const BATCH = 100;

async function connect(plan: ConnectPlan): Promise<void> {
  const tally = tallyOf(plan.contender);
  for (let done = 0; done < plan.count; done += BATCH) {
    const batch = Math.min(BATCH, plan.count - done);
    await Promise.all(Array.from({ length: batch }, () => connectOne(plan, tally)));
  }
}

/** Starts a measurement: every follower expects `firstSeq` next. */
function begin({ contender, firstSeq }: { contender: Contender; firstSeq: number }): void {
  const tally = tallyOf(contender);
  tally.latencies = [];
  for (const follower of tally.followers) Object.assign(follower, { next: firstSeq, wrong: 0 });
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.POSITIVE_INFINITY;
}

const QUIET_MS = 150;
const PATIENCE_MS = 3_000;

/** The result, once nothing has arrived for a moment: what is late counts as late, not as lost. */
async function end({ contender }: { contender: Contender }) {
  const { latencies, followers } = tallyOf(contender);
  const limit = monotonicMs() + PATIENCE_MS;
  for (let seen = -1; seen !== latencies.length && monotonicMs() < limit; ) {
    seen = latencies.length;
    await pause(QUIET_MS);
  }
  const sorted = [...Float64Array.from(latencies).sort()];
  const wrong = followers.reduce((sum, follower) => sum + follower.wrong, 0);
  return {
    received: sorted.length,
    wrong,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
  };
}

answer({ connect, begin, end });
