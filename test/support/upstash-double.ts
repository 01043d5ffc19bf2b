import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface UpstashDouble extends AsyncDisposable {
  readonly url: string;
  /** Every answer is this; a string is sent as it is. */
  answer: { status: number; body: unknown };
  readonly requests: unknown[];
  close(): Promise<void>;
}

/** An Upstash address that answers whatever the test says, for replies a healthy Redis does not give. */
export async function startUpstashDouble(): Promise<UpstashDouble> {
  const requests: unknown[] = [];
  const double = { answer: { status: 200, body: { result: null } as unknown } };
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    requests.push(JSON.parse(text));
    const { status, body } = double.answer;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return Object.assign(double, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close,
    [Symbol.asyncDispose]: close,
  });
}
