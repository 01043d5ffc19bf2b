import type { AuthMail, Receiver } from '../../integrations/auth/port.ts';
import type { WaitedMail } from './held-mail.ts';

const MINUTE_MS = 60_000;

interface Letter {
  readonly to: Pick<Receiver, 'email'> & { readonly id?: string };
  readonly subject: string;
  readonly lines: readonly string[];
  /** How long its link works. */
  readonly minutes: number;
}

/** The words of the mail that sign-in sends. Each says what to do when one did not ask for it. */
export function signInMail(mail: WaitedMail, publicUrl: string): AuthMail {
  const send = ({ to, subject, lines, minutes }: Letter) => {
    const text = [...lines, '', 'RepSpheres', publicUrl].join('\n');
    const kept = { userId: to.id ?? null, usableMs: minutes * MINUTE_MS };
    return mail.deliver({ to: to.email, subject, text }, kept);
  };
  return {
    verify: (to, url) =>
      send({
        to,
        subject: 'Confirm your e-mail address',
        lines: [
          'Open this link to confirm your address and sign in:',
          url,
          '',
          'It works once, for an hour. If you did not sign up, ignore this message.',
        ],
        minutes: 60,
      }),
    reset: (to, url) =>
      send({
        to,
        subject: 'Choose a new password',
        lines: [
          'Open this link to choose a new password:',
          url,
          '',
          'It works once, for an hour. You will be signed out everywhere. If you did not ask for it, ignore this message.',
        ],
        minutes: 60,
      }),
    magicLink: (email, url) =>
      send({
        to: { email },
        subject: 'Your sign-in link',
        lines: [
          'Open this link to sign in:',
          url,
          '',
          'It works once, for 15 minutes. If you did not ask for it, ignore this message.',
        ],
        minutes: 15,
      }),
    alreadyRegistered: (to) =>
      send({
        to,
        subject: 'You already have an account',
        lines: [
          'Somebody, perhaps you, tried to sign up with this address, which has an account already.',
          `Sign in, or choose a new password there: ${publicUrl}/auth/sign-in`,
        ],
        minutes: 60,
      }),
  };
}
