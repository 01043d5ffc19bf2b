import { createTransport } from 'nodemailer';
import type { EmailSender } from './port.ts';

const CONNECT_MS = 5_000;
/** Of the whole conversation with the server. */
const TALK_MS = 10_000;

/** Mail through an SMTP server, `smtps://user:password@host:465` or `smtp://host:587` (then STARTTLS is required, but on loopback). */
export function createSmtpSender(options: { readonly url: string; readonly from: string }): EmailSender {
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
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: TALK_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = /@([^\s>]+)/.exec(options.from)?.[1] ?? url.hostname;
  return {
    kind: 'smtp',
    async send({ to, subject, text, id }) {
      const named = id === undefined ? {} : { messageId: `<${id.replaceAll(':', '.')}@${domain}>` };
      await transport.sendMail({
        from: options.from,
        to: { name: '', address: to },
        subject,
        text,
        ...named,
      });
    },
  };
}
