import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';

export interface TlsFront extends AsyncDisposable {
  readonly port: number;
  /** Sends what comes for `host` to a port of this machine. */
  route(host: string, port: number): void;
}

/** One HTTPS port for many hosts: ends TLS with a certificate made for this run, and passes the bytes on by server name. */
export async function tlsFront(): Promise<TlsFront> {
  const ports = new Map<string, number>();
  const open = new Set<TLSSocket>();
  const server = createServer(selfSigned(), (secure) => {
    const port = ports.get(hostOf(secure));
    if (port === undefined) return void secure.destroy();
    open.add(secure);
    secure.once('close', () => open.delete(secure));
    const plain = connect(port, '127.0.0.1');
    // Browsers end connections as they please.
    secure.on('error', () => plain.destroy()).pipe(plain);
    plain.on('error', () => secure.destroy()).pipe(secure);
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    route: (host, port) => void ports.set(host, port),
    [Symbol.asyncDispose]: async () => {
      for (const secure of open) secure.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The name the browser asked for; the type package does not know it. */
function hostOf({ servername }: TLSSocket & { readonly servername?: string | false }): string {
  return servername || '';
}

/** A key and certificate that nobody trusts; the browser is told not to look. */
function selfSigned(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'tls-front-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const made = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
  ];
  try {
    execFileSync('openssl', ['req', '-x509', ...made, '-days', '2', '-subj', '/CN=repspheres.example'], {
      stdio: 'pipe',
    });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
