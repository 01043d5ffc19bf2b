import { createLogSender } from '../integrations/email/log.ts';
import type { EmailSender } from '../integrations/email/port.ts';
import { unsetSender } from '../integrations/email/unset.ts';
import type { Config } from './config.ts';

/** The configured mail server, its library loaded by the first message; in development the console, links included. */
export function createEmail({ email, production }: Pick<Config, 'email' | 'production'>): EmailSender {
  if (email === null) return production ? unsetSender : createLogSender((text) => console.log(text));
  let loading: Promise<EmailSender> | null = null;
  return {
    kind: 'smtp',
    async send(message) {
      loading ??= import('../integrations/email/smtp.ts').then(({ createSmtpSender }) =>
        createSmtpSender({ url: email.smtpUrl, from: email.from }),
      );
      return (await loading).send(message);
    },
  };
}
