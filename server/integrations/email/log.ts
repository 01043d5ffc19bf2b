import type { EmailSender } from './port.ts';

/** For development: writes each message out, links included, instead of sending it. Never where others read the log. */
export function createLogSender(write: (text: string) => void): EmailSender {
  return {
    kind: 'log',
    async send({ to, subject, text }) {
      const indented = text.replaceAll('\n', '\n    ');
      write(`[e-mail] to ${to}: ${subject}\n    ${indented}`);
    },
  };
}
