import { createHmac } from 'node:crypto';

/** `t=…,v1=…[,v1=…]` over `t.body`, one signature a secret, as https://docs.stripe.com/webhooks has it. */
export function signatureHeader(body: string, secrets: readonly string[], seconds: number): string {
  const signed = secrets.map((secret) => `v1=${signatureOf(body, secret, seconds)}`);
  return [`t=${seconds}`, ...signed].join(',');
}

export function signatureOf(body: string, secret: string, seconds: number): string {
  return createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
}
