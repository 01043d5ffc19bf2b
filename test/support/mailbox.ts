import type { Email, EmailSender } from '../../server/integrations/email/port.ts';

/** Keeps the mail that a backend under test sends. */
export class Mailbox implements EmailSender {
  readonly kind = 'log';
  readonly sent: Email[] = [];
  /** While true nothing can be sent. */
  down = false;
  /** While true the mail server takes what it is given, and never says so. */
  silent = false;

  async send(email: Email): Promise<void> {
    if (this.silent) await new Promise(() => {});
    if (this.down) throw new Error('the mail server does not answer');
    this.sent.push(email);
  }

  /** The link of the latest message to this address; waits for it up to 2 s. */
  async link(to: string): Promise<string> {
    for (const deadline = Date.now() + 2_000; Date.now() < deadline; ) {
      const text = this.sent.findLast((email) => email.to === to)?.text;
      const url = /^https?:\S+$/m.exec(text ?? '')?.[0];
      if (url !== undefined) return url;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`no mail to ${to}`);
  }
}
