import { Agent, get } from 'node:http';

export interface Load {
  readonly port: number;
  readonly path: string;
  readonly tokens: readonly string[];
  readonly connections: number;
  readonly ms: number;
}

export interface LoadResult {
  readonly answered: number;
  /** Answers that were not 200; not counted as answered. */
  readonly dropped: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** One GET; resolves status and body. */
export function fetchOnce(
  agent: Agent,
  at: { port: number; path: string; token: string },
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${at.token}`, 'x-repspheres-app': 'crm' };
    const request = get({ agent, port: at.port, host: '127.0.0.1', path: at.path, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}

/** Closed loop: each connection asks again when it has its answer, with one token after the other. */
export async function drive(load: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
  const until = performance.now() + load.ms;
  const waits: number[] = [];
  let dropped = 0;
  let turn = 0;
  const connection = async () => {
    while (performance.now() < until) {
      const token = load.tokens[turn++ % load.tokens.length] ?? '';
      const since = performance.now();
      const { status } = await fetchOnce(agent, { ...load, token });
      if (status === 200) waits.push(performance.now() - since);
      else dropped += 1;
    }
  };
  await Promise.all(Array.from({ length: load.connections }, connection));
  agent.destroy();
  waits.sort((a, b) => a - b);
  const at = (share: number) => waits[Math.floor(waits.length * share)] ?? Number.POSITIVE_INFINITY;
  return { answered: waits.length, dropped, p50Ms: at(0.5), p99Ms: at(0.99) };
}
