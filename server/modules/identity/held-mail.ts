import { randomUUID } from 'node:crypto';
import type { Database } from '../../../db/client.ts';
import { findUserByEmail } from '../../../db/queries/accounts.ts';
import { appendSystemOutbox } from '../../../db/queries/outbox.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/observe.ts';
import { type Email, EmailRefused, type EmailSender } from '../../integrations/email/port.ts';
import { seal, unseal } from './seal.ts';

/** A message that the mail server did not take. It is sealed: the link in it signs its reader in. */
export interface HeldMail {
  readonly sealed: string;
  /** When its link ends (ISO). */
  readonly until: string;
}

export interface KeptMail {
  /** Whose it is, so that an erasure finds it; null: whoever has the address. */
  readonly userId: string | null;
  /** How long the link in it works. */
  readonly usableMs: number;
}

/** Mail that somebody waits for: sent at once, and by a job later when the mail server is away. */
export interface WaitedMail {
  /** Resolves when the message is sent or kept. */
  deliver(email: Email, kept: KeptMail): Promise<void>;
  /** Tries a kept message again; false when its link has ended. Rejects as the sender does. */
  sendHeld(held: HeldMail): Promise<{ sent: boolean }>;
  /** Keeps what is still on its way; for the end of the process. */
  close(): Promise<void>;
}

export function waitedMail(parts: {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sender: EmailSender;
  /** Seals what is kept. */
  readonly secret: string;
}): WaitedMail {
  const { database, clock, logger, sender, secret } = parts;
  const underway = new Set<Promise<void>>();
  const end = Promise.withResolvers<never>();
  end.promise.catch(() => {}); // nobody may be waiting for it

  const hold = (email: Email & { readonly id: string }, { userId, usableMs }: KeptMail) =>
    withSystemScope(database, 'write', async (scope) => {
      const person = userId ?? (await findUserByEmail(scope, email.to))?.id ?? null;
      const until = new Date(clock.now() + usableMs).toISOString();
      const data = { userId: person, until, sealed: seal(secret, JSON.stringify(email)) };
      await appendSystemOutbox(scope, { eventId: email.id, name: 'identity/mail.held', data });
    });
  const attempt = async (email: Email, kept: KeptMail) => {
    // One name for all attempts: the server may have taken a message and failed to say so.
    const named = { ...email, id: `sign-in:${randomUUID()}` };
    try {
      await Promise.race([sender.send(named), end.promise]);
    } catch (error) {
      if (error instanceof EmailRefused) throw error;
      logger.warn({ err: error }, 'mail of the sign-in waits for the mail server');
      await hold(named, kept);
    }
  };
  return {
    deliver(email, kept) {
      const work = attempt(email, kept).finally(() => underway.delete(work));
      underway.add(work);
      return work;
    },
    async sendHeld({ sealed, until }) {
      if (Date.parse(until) <= clock.now()) return { sent: false };
      await sender.send(JSON.parse(unseal(secret, sealed)) as Email); // what `deliver` has sealed
      return { sent: true };
    },
    async close() {
      end.reject(new Error('The process ends.'));
      await Promise.allSettled(underway);
    },
  };
}
