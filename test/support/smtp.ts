import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ArrivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | null;
  readonly secure: boolean;
  /** As it came over the wire. */
  readonly raw: string;
}

/** A mail server of this machine that keeps what it is given. */
export async function smtpServer(options: SMTPServerOptions = {}, host = '127.0.0.1') {
  const arrived: ArrivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    // Without TLS, unless a test says otherwise: whoever talks to this machine needs none.
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    onAuth: ({ username = '', password }, _session, callback) =>
      password === 'right' ? callback(null, { user: username }) : callback(new Error('Invalid credentials')),
    onData: async (stream, session, callback) => {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      const { mailFrom, rcptTo } = session.envelope;
      arrived.push({
        from: mailFrom === false ? '' : mailFrom.address,
        to: rcptTo.map(({ address }) => address),
        user: session.user ?? null,
        secure: session.secure,
        raw: Buffer.concat(chunks).toString('utf8'),
      });
      callback();
    },
    ...options,
  });
  server.on('error', () => {}); // clients that leave in mid-talk
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    arrived,
    port: (server.server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
