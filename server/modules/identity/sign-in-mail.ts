import type { AuthMail } from '../../integrations/auth/port.ts';
import type { EmailSender } from '../../integrations/email/port.ts';

/** The words of the mail that sign-in sends. Each says what to do when one did not ask for it. */
export function signInMail(sender: EmailSender, publicUrl: string): AuthMail {
  const send = (to: string, subject: string, lines: readonly string[]) =>
    sender.send({ to, subject, text: [...lines, '', 'RepSpheres', publicUrl].join('\n') });
  return {
    verify: (to, url) =>
      send(to, 'Confirm your e-mail address', [
        'Open this link to confirm your address and sign in:',
        url,
        '',
        'It works once, for an hour. If you did not sign up, ignore this message.',
      ]),
    reset: (to, url) =>
      send(to, 'Choose a new password', [
        'Open this link to choose a new password:',
        url,
        '',
        'It works once, for an hour. You will be signed out everywhere. If you did not ask for it, ignore this message.',
      ]),
    magicLink: (to, url) =>
      send(to, 'Your sign-in link', [
        'Open this link to sign in:',
        url,
        '',
        'It works once, for 15 minutes. If you did not ask for it, ignore this message.',
      ]),
    alreadyRegistered: (to) =>
      send(to, 'You already have an account', [
        'Somebody, perhaps you, tried to sign up with this address, which has an account already.',
        `Sign in, or choose a new password there: ${publicUrl}/auth/sign-in`,
      ]),
  };
}
