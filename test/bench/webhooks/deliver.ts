import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Schedule {
  readonly url: string;
  readonly secret: string;
  readonly bodies: readonly string[];
  readonly perSecond: number;
  readonly connections: number;
}

export interface Delivered {
  readonly acknowledged: number;
  readonly refused: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Open loop: each body goes out at its time whatever became of those before, and its wait counts from that time. */
export async function deliver({ url, secret, bodies, perSecond, connections }: Schedule): Promise<Delivered> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const began = performance.now();
  const waits: number[] = [];
  const under: Promise<void>[] = [];
  let refused = 0;
  for (const [index, body] of bodies.entries()) {
    const at = began + (index * 1_000) / perSecond;
    const early = at - performance.now();
    if (early > 0) await sleep(early);
    under.push(
      post(agent, { url, body, signature: sign(body, secret) }).then((status) => {
        if (status === 200) waits.push(performance.now() - at);
        else refused += 1;
      }),
    );
  }
  await Promise.all(under);
  agent.destroy();
  waits.sort((a, b) => a - b);
  const part = (share: number) =>
    Math.round((waits[Math.floor(waits.length * share)] ?? Number.NaN) * 10) / 10;
  return { acknowledged: waits.length, refused, p50Ms: part(0.5), p99Ms: part(0.99), maxMs: part(0.99999) };
}

function sign(body: string, secret: string): string {
  const at = Math.floor(Date.now() / 1000);
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`;
}

/** Its status; 0 when the connection failed. */
function post(agent: Agent, to: { url: string; body: string; signature: string }): Promise<number> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'stripe-signature': to.signature };
    const sent = request(to.url, { agent, method: 'POST', headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', () => resolve(0));
    sent.end(to.body);
  });
}
