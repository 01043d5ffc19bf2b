import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { answer, monotonicMs } from '../sockets/child.ts';

export interface FollowPlan {
  /** Where runs are started, and where sockets are opened. */
  readonly producerPort: number;
  readonly followerPort: number;
  readonly localAddress: string;
  readonly bearers: readonly string[];
  readonly streams: number;
  /** Signed-in sockets that follow nothing. */
  readonly idle: number;
  readonly tokens: number;
}

const state = { beyond: [] as number[], wrong: 0, finished: 0, following: 0, open: 0 };
/** Four processes at once begin this many each: a durable commit is as fast as the disk. */
const BATCH = 5;
const PATIENCE_MS = 60_000;

interface StartAnswer {
  readonly result?: { readonly data: { readonly runId: string } };
  readonly error?: { readonly data?: { readonly failure?: { readonly retryable: boolean } } };
}
let told = false;

/** The first trouble of a process stands for those that follow; how many there were says the row. */
function trouble(text: string): void {
  if (!told) console.error(text.slice(0, 300));
  told = true;
}

/** Begins a run; what may be repeated is, with the same key, as the SDK would: beginning is not what is measured. */
async function startRun(port: number, bearer: string): Promise<string> {
  const clientKey = crypto.randomUUID();
  for (const until = monotonicMs() + PATIENCE_MS; ; await pause(500)) {
    const answer = await askForRun(port, bearer, clientKey);
    if ('runId' in answer) return answer.runId;
    if (!answer.retryable || monotonicMs() > until) throw new Error(`runs.start answered ${answer.text}`);
  }
}

type Asked = { readonly runId: string } | { readonly retryable: boolean; readonly text: string };

async function askForRun(port: number, bearer: string, clientKey: string): Promise<Asked> {
  const response = await fetch(`http://127.0.0.1:${port}/trpc/runs.start`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${bearer}`,
      'content-type': 'application/json',
      'x-repspheres-app': 'crm',
    },
    body: JSON.stringify({ clientKey, agentId: 'harvey-specter', message: 'Speak.' }),
  });
  const body = (await response.json()) as StartAnswer;
  if (body.result !== undefined) return { runId: body.result.data.runId };
  return {
    retryable: body.error?.data?.failure?.retryable === true,
    text: JSON.stringify(body).slice(0, 300),
  };
}

function open(plan: FollowPlan, bearer: string): Promise<WebSocket> {
  const ws = new WebSocket(`ws://127.0.0.1:${plan.followerPort}/trpc?connectionParams=1`, {
    perMessageDeflate: false,
    localAddress: plan.localAddress,
  });
  return new Promise((resolve, reject) => {
    ws.on('open', () => {
      ws.send(JSON.stringify({ method: 'connectionParams', data: { token: bearer, app: 'crm' } }));
      state.open += 1;
      resolve(ws);
    });
    ws.on('close', (code, reason) => {
      state.open -= 1;
      trouble(`socket closed: ${code} ${reason.toString()}`);
    });
    ws.on('error', reject);
  });
}

interface Event {
  readonly type: string;
  readonly text?: string;
}

interface Frame {
  readonly result?: { readonly type: string; readonly data?: { readonly data: Event } };
  readonly error?: unknown;
}

/** Every token must come once, in order; its delay counts from its schedule, less the flush window it may wait for. */
function follow(ws: WebSocket, runId: string, tokens: number): void {
  let next = 0;
  ws.on('message', (data: Buffer) => {
    const now = monotonicMs();
    const { result, error } = JSON.parse(data.toString()) as Frame;
    if (error !== undefined) trouble(`follow ${runId}: ${JSON.stringify(error)}`);
    if (result?.type === 'started') state.following += 1;
    const event = result?.data?.data;
    if (event?.type === 'run.completed') {
      state.finished += 1;
      if (next !== tokens) state.wrong += 1;
    } else if (event?.type === 'run.failed' || event?.type === 'run.incomplete') {
      trouble(`follow ${runId}: ${data.toString()}`);
    }
    if (event?.type !== 'text.delta') return;
    for (const token of (event.text ?? '').trim().split(' ')) {
      if (token === 'hello') continue;
      const [index, due = 0, window = 0] = token.split('@').map(Number);
      if (index !== next) state.wrong += 1;
      next = (index ?? 0) + 1;
      state.beyond.push(now - due - window);
    }
  });
  ws.send(
    JSON.stringify({ id: 1, method: 'subscription', params: { path: 'runs.follow', input: { runId } } }),
  );
}

async function inBatches(count: number, act: (index: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < count; from += BATCH) {
    const size = Math.min(BATCH, count - from);
    await Promise.all(Array.from({ length: size }, (_, index) => act(from + index)));
  }
}

answer({
  async connect(plan: FollowPlan): Promise<void> {
    const bearer = (index: number) => plan.bearers[index % plan.bearers.length] ?? '';
    await inBatches(plan.idle, (index) => open(plan, bearer(index)));
    await inBatches(plan.streams, async (index) => {
      const runId = await startRun(plan.producerPort, bearer(index));
      follow(await open(plan, bearer(index)), runId, plan.tokens);
    });
    for (let turn = 0; turn < 100 && state.following < plan.streams; turn += 1) await pause(100);
  },
  async result({ seconds, streams }: { seconds: number; streams: number }) {
    const until = monotonicMs() + seconds * 1_000;
    while (state.finished < streams && monotonicMs() < until) await pause(100);
    return { ...state, beyond: state.beyond };
  },
});
