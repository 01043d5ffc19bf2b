import { eventType } from 'inngest';
import { z } from 'zod';

/** A run of an agent ended and its message is stored. Recorded in the transaction that ends the run, once a run. */
const RunEnded = z.object({
  orgId: z.string(),
  conversationId: z.string(),
  runId: z.string(),
  status: z.string().optional(),
});

/** The first time in a window that an organisation has used four fifths of a limit. */
const LimitApproached = z.object({
  orgId: z.string(),
  meter: z.string(),
  limit: z.number(),
  used: z.number(),
  resetsAt: z.string(),
});
const MailHeld = z.object({ userId: z.string().nullable(), sealed: z.string(), until: z.iso.datetime() });
const SessionEnded = z.object({ sessionId: z.string(), userId: z.string(), clientId: z.string() });

/** A notice about a plan or a payment is to be mailed to one person. */
const NoticeDue = z.object({ orgId: z.string(), key: z.string() });

/** An organisation's phone numbers are kept no longer. */
const NumbersReleaseDue = z.object({ orgId: z.string(), subscriptionId: z.string(), releaseAt: z.string() });
/** The payment vendor said something that is stored. `customer`: whose turn it takes; the event's own id where it names none. */
const BillingEventReceived = z.object({ eventId: z.string(), customer: z.string() });

/** The events durable functions know, `module/noun.past-tense`. The only list; an effect's `name` is one of these. */
export const jobEvents = {
  /** The answer is complete. */
  runCompleted: eventType('conversations/run.completed', { schema: RunEnded }),
  /** The run ended otherwise: incomplete, failed or cancelled. */
  runEnded: eventType('conversations/run.ended', { schema: RunEnded }),
  /** An invitation is stored and its link can be mailed. */
  memberInvited: eventType('organisations/member.invited', {
    schema: z.object({ orgId: z.string(), invitationId: z.string() }),
  }),
  /** Recorded in the transaction that stores the delivery. */
  billingEventReceived: eventType('billing/event.received', { schema: BillingEventReceived }),
  /** Once a window and meter; whoever notifies people listens. */
  usageLimitApproached: eventType('usage/limit.approached', { schema: LimitApproached }),
  /** A session ended that had signed in at a site which wants to hear of it; one event a site. */
  sessionEnded: eventType('identity/session.ended', { schema: SessionEnded }),
  /** The mail server did not take a message of the sign-in; it is sealed. */
  mailHeld: eventType('identity/mail.held', { schema: MailHeld }),
  /** Once a notice and person. */
  billingNoticeDue: eventType('billing/notice.due', { schema: NoticeDue }),
  /** Once an end of a plan, 30 days after it; whoever holds numbers releases them, unless a plan holds again. */
  numbersReleaseDue: eventType('billing/numbers.release-due', { schema: NumbersReleaseDue }),
  /** An export or erasure is stored; the work begins at `dueAt`. Names nobody: it outlives the erasure. */
  dataRequested: eventType('personal-data/request.made', {
    schema: z.object({ requestId: z.string(), dueAt: z.iso.datetime() }),
  }),
  /** An erasure will not take place. */
  erasureCancelled: eventType('personal-data/erasure.cancelled', {
    schema: z.object({
      requestId: z.string(),
      reason: z.enum(['asked', 'owns-organisations', 'subscription-runs']),
    }),
  }),
} as const;
