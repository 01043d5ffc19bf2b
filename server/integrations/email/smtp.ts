import { setTimeout as wait } from 'node:timers/promises';
import { createTransport } from 'nodemailer';
import { EmailRefused, type EmailSender } from './port.ts';

/** Until the server is reached and greets; and of the whole conversation. */
const CONNECT_MS = 5_000;
const TALK_MS = 15_000;

export interface SmtpOptions {
  /** `smtps://user:password@host:465` or `smtp://host:587`, which must then offer STARTTLS, but on this machine. */
  readonly url: string;
  readonly from: string;
  readonly connectMs?: number;
  readonly talkMs?: number;
}

/** Mail through an SMTP server. */
export function createSmtpSender(options: SmtpOptions): EmailSender {
  const { from, connectMs = CONNECT_MS, talkMs = TALK_MS } = options;
  const url = new URL(options.url);
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  const transport = createTransport({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (url.protocol === 'smtps:' ? 465 : 587)),
    secure: url.protocol === 'smtps:',
    requireTLS: url.protocol === 'smtp:' && !local,
    ...(url.username === ''
      ? {}
      : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: talkMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = /@([^\s>]+)/.exec(from)?.[1] ?? url.hostname;
  return {
    kind: 'smtp',
    async send({ to, subject, text, id }) {
      const named = id === undefined ? {} : { messageId: `<${id.replaceAll(':', '.')}@${domain}>` };
      const done = new AbortController();
      const sent = transport.sendMail({ from, to: { name: '', address: to }, subject, text, ...named });
      try {
        await Promise.race([sent, tooSlow(talkMs, done.signal)]);
      } catch (error) {
        throw isForGood(error)
          ? new EmailRefused('The mail server refused the message.', { cause: error })
          : error;
      } finally {
        done.abort();
      }
    },
  };
}

/** The library bounds each silence of the server, but not how long it may go on. */
async function tooSlow(talkMs: number, signal: AbortSignal): Promise<never> {
  await wait(talkMs, undefined, { signal });
  throw new Error(`The mail server did not take the message within ${talkMs} ms.`);
}

/** A 5xx answer to the addresses or to the message itself (RFC 5321 4.2.1); one to our own sign-in there can be mended. */
function isForGood(error: unknown): boolean {
  if (!(error instanceof Error && 'responseCode' in error && 'code' in error)) return false;
  const { responseCode, code } = error;
  return Number(responseCode) >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE');
}
