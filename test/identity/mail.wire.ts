import { randomUUID } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { outbox } from '../../db/schema/operations.ts';
import { withSystemScope } from '../../db/tx.ts';
import { EmailRefused } from '../../server/integrations/email/port.ts';
import { createSmtpSender, type SmtpOptions } from '../../server/integrations/email/smtp.ts';
import { createEmail } from '../../server/main/email.ts';
import { createJobOperations } from '../../server/main/job-operations.ts';
import { createLogger } from '../../server/main/logger.ts';
import { portOf } from '../sdk/listening-backend.ts';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { Browser } from '../support/browser.ts';
import { testDatabase } from '../support/database.ts';
import { password } from '../support/signed-up.ts';
import { smtpServer } from '../support/smtp.ts';

const from = 'RepSpheres <no-reply@mail.example.com>';
const link = `https://api.example.com/api/auth/magic-link/verify?token=${'a'.repeat(90)}&callbackURL=%2Fauth%2Faccount`;
const email = {
  to: 'robin@example.com',
  subject: 'Grüße: your sign-in link',
  text: `Open this link to sign in:\n${link}\n\n.It works once.\n–`,
  id: 'sign-in:7f',
};
const sender = (port: number, over: Partial<SmtpOptions> = {}) =>
  createSmtpSender({ url: `smtp://127.0.0.1:${port}`, from, ...over });

/** The headers of a message by name, unfolded, and its body as its reader sees it. */
function parsed(raw: string): { headers: Record<string, string>; body: string } {
  const at = raw.indexOf('\r\n\r\n');
  const lines = raw
    .slice(0, at)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2)));
  const soft = raw.slice(at + 4).replaceAll('=\r\n', '');
  const bytes = soft.replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return { headers, body: Buffer.from(bytes, 'latin1').toString('utf8').replaceAll('\r\n', '\n').trimEnd() };
}

describe('mail by SMTP', () => {
  test('arrives whole, to one person, from the configured sender, and once for one id', async () => {
    await using server = await smtpServer();
    await sender(server.port).send(email);
    const [mail] = server.arrived;
    expect(mail).toMatchObject({ from: 'no-reply@mail.example.com', to: ['robin@example.com'], user: null });
    const { headers, body } = parsed(mail?.raw ?? '');
    expect(body).toBe(email.text);
    expect(headers).toMatchObject({
      From: from,
      To: 'robin@example.com',
      'Message-ID': '<sign-in.7f@mail.example.com>',
      'MIME-Version': '1.0',
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Transfer-Encoding': 'quoted-printable',
    });
    expect(Date.parse(headers.Date ?? '')).toBeGreaterThan(Date.now() - 60_000);
    const words = headers.Subject?.replaceAll(/=\?UTF-8\?Q\?(.*?)\?=/g, (_, text) =>
      text.replaceAll('_', ' '),
    );
    expect(words).toBe('Gr=C3=BC=C3=9Fe=3A your sign-in link');
  });

  test('goes to no second person and carries no header that an address or subject smuggles in', async () => {
    await using server = await smtpServer();
    const subject = 'Hello\r\nBcc: eve@example.com';
    await sender(server.port).send({ ...email, subject });
    expect(server.arrived[0]?.to).toEqual(['robin@example.com']);
    expect(parsed(server.arrived[0]?.raw ?? '').headers).not.toHaveProperty('Bcc');
    for (const to of ['robin@example.com, eve@example.com', 'robin@example.com\r\nRCPT TO:<eve@example.com>'])
      await sender(server.port)
        .send({ ...email, to })
        .catch(() => {});
    expect(server.arrived.flatMap(({ to }) => to)).not.toContain('eve@example.com');
  });

  test('signs in at the server with the name and password of its URL, percent signs undone', async () => {
    await using server = await smtpServer();
    await sender(server.port, { url: `smtp://mailer%40example.com:right@127.0.0.1:${server.port}` }).send(
      email,
    );
    expect(server.arrived[0]?.user).toBe('mailer@example.com');
  });

  test('is not sent in the clear to another machine, nor under a certificate that nobody vouches for', async () => {
    const told: string[] = [];
    const onAuth = ({ username = '' }) => void told.push(username);
    // Of this machine, but by none of its names: as a server elsewhere.
    await using plain = await smtpServer({ onAuth, disabledCommands: ['STARTTLS'] }, '127.0.0.2');
    const elsewhere = `smtp://mailer:right@127.0.0.2:${plain.port}`;
    await expect(sender(0, { url: elsewhere }).send(email)).rejects.toThrow(/TLS/i);
    await using secure = await smtpServer({ secure: true });
    await expect(sender(0, { url: `smtps://127.0.0.1:${secure.port}` }).send(email)).rejects.toThrow(
      /self.signed|certificate/i,
    );
    expect([told, plain.arrived, secure.arrived]).toEqual([[], [], []]);
  });

  test.each([
    ['an unknown receiver', { onRcptTo: refuse(550) }, true],
    ['a message it does not like', { onData: drain(554) }, true],
    ['a receiver it cannot reach now', { onRcptTo: refuse(451) }, false],
    ['a message it cannot store now', { onData: drain(452) }, false],
  ])(
    'that the server refuses for %s is given up only where it says so for good',
    async (_, options, forGood) => {
      await using server = await smtpServer(options);
      const error = await sender(server.port)
        .send(email)
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Error);
      expect(error instanceof EmailRefused).toBe(forGood);
    },
  );

  test('is refused within the time given by a server that is down, silent, or slow without end', async () => {
    const gone = createHttpServer();
    const port = await portOf(gone);
    await new Promise((resolve) => gone.close(resolve));
    await expect(sender(port).send(email)).rejects.toThrow('ECONNREFUSED');
    await using silent = await talking(() => {});
    await expect(sender(silent.port, { connectMs: 50 }).send(email)).rejects.toThrow(/Greeting/);
    await using slow = await talking((say) => setInterval(() => say('220-wait a little\r\n'), 10));
    await expect(sender(slow.port, { connectMs: 5_000, talkMs: 100 }).send(email)).rejects.toThrow(
      'did not take the message within 100 ms',
    );
  });

  test('leaves neither password nor link in the log, whatever failed', async () => {
    const lines: string[] = [];
    const logger = createLogger({ logLevel: 'debug' }, { write: (line) => lines.push(line) });
    await using server = await smtpServer({ onRcptTo: refuse(550) });
    const urls = [
      `smtp://mailer:wrong-canary@127.0.0.1:${server.port}`,
      'smtp://mailer:wrong-canary@127.0.0.1:1',
    ];
    urls.push(`smtp://127.0.0.1:${server.port}`);
    for (const url of urls) {
      const error = await sender(0, { url })
        .send(email)
        .catch((thrown: unknown) => thrown);
      logger.error({ err: error }, 'not sent');
    }
    expect(lines).toHaveLength(3);
    expect(lines.join('')).not.toMatch(/canary|token=|d3JvbmctY2FuYXJ5/);
  });

  test('of a production server without a mail server is refused for good', async () => {
    await expect(createEmail({ email: null, production: true }).send(email)).rejects.toThrow(EmailRefused);
  });
});

describe('mail of a sign-in, while the mail server is away', () => {
  let server: TestBackend;
  beforeAll(async () => {
    server = await testBackend();
  });
  beforeEach(() => {
    server.mailbox.down = true;
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const held = async () =>
    (
      await withSystemScope(await testDatabase(), 'read', ({ db }) =>
        db.select({ data: outbox.data }).from(outbox).where(eq(outbox.name, 'identity/mail.held')),
      )
    ).map(({ data }) => data as { userId: string | null; until: string; sealed: string });
  const signUp = async () => {
    const address = `${randomUUID()}@example.com`;
    const before = (await held()).length;
    const browser = new Browser(server.backend);
    const answer = await browser.post('/api/auth/sign-up/email', { name: 'Robin', email: address, password });
    expect(answer.status).toBe(200);
    await expect.poll(async () => (await held()).length, { timeout: 5_000 }).toBe(before + 1);
    const mail = (await held()).at(-1);
    if (mail === undefined) throw new Error('nothing is held');
    return { address, browser, mail };
  };
  const operations = () => createJobOperations(server.backend.ports);

  test('is kept sealed, with the person’s id, and its link works when a job sends it later', async () => {
    const { address, browser, mail } = await signUp();
    expect(JSON.stringify(mail)).not.toMatch(new RegExp(`${address}|verify-email|token=`));
    expect(mail.userId).toMatch(/^usr_/);
    await expect(operations().sendHeldMail(mail), 'still away: the job tries again').rejects.toThrow();
    server.mailbox.down = false;
    expect(await operations().sendHeldMail(mail)).toEqual({ sent: true });
    await browser.open(await server.mailbox.link(address));
    expect((await browser.request('/trpc/identity.getSession')).status).toBe(200);
    await operations().sendHeldMail(mail);
    const ids = server.mailbox.sent.filter(({ to }) => to === address).map(({ id }) => id);
    expect(new Set(ids).size, 'a repetition is the same message').toBe(1);
  });

  test('delays no answer, and is kept as well when the process ends while it is on its way', async () => {
    const other = await testBackend();
    other.mailbox.silent = true;
    const address = `${randomUUID()}@example.com`;
    const browser = new Browser(other.backend);
    for (const [path, body] of Object.entries({
      'sign-up/email': { name: 'Robin', email: address, password },
      'send-verification-email': { email: address },
      'sign-in/magic-link': { email: address },
      'request-password-reset': { email: address },
    }))
      expect((await browser.post(`/api/auth/${path}`, body)).status, path).toBe(200);
    const before = (await held()).length;
    await other[Symbol.asyncDispose]();
    const kept = await held();
    expect(kept).toHaveLength(before + 4);
    server.mailbox.down = false;
    const mail = kept.at(-1);
    if (mail === undefined) throw new Error('nothing is held');
    // Sealed by the other server, whose secret this one does not have.
    await expect(operations().sendHeldMail(mail)).rejects.toThrow();
  });

  test('is not sent when its link has ended, and not opened when somebody changed it', async () => {
    const { address, mail } = await signUp();
    server.mailbox.down = false;
    const late = { ...mail, until: new Date(Date.now() - 1).toISOString() };
    expect(await operations().sendHeldMail(late)).toEqual({ sent: false });
    const bent = { ...mail, sealed: `${mail.sealed.slice(0, -2)}AA` };
    await expect(operations().sendHeldMail(bent)).rejects.toThrow();
    expect(server.mailbox.sent.filter(({ to }) => to === address)).toEqual([]);
  });
});

function refuse(responseCode: number) {
  return (_address: unknown, _session: unknown, callback: (error: Error) => void) =>
    callback(Object.assign(new Error('no'), { responseCode }));
}

function drain(responseCode: number) {
  return (stream: NodeJS.ReadableStream, _session: unknown, callback: (error: Error) => void) =>
    stream.resume().once('end', () => callback(Object.assign(new Error('no'), { responseCode })));
}

/** A server that says what it is told to and understands nothing. */
async function talking(talk: (say: (text: string) => void) => unknown) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    const timer = talk((text) => socket.writable && socket.write(text));
    socket.once('close', () => clearInterval(timer as NodeJS.Timeout | undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}
