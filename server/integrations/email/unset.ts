import { EmailRefused, type EmailSender } from './port.ts';

/** For a production server without a mail server: refuses, so that no link gets into a log that others read. */
export const unsetSender: EmailSender = {
  kind: 'unset',
  send: () => Promise.reject(new EmailRefused('No mail can be sent: SMTP_URL and EMAIL_FROM are not set.')),
};
