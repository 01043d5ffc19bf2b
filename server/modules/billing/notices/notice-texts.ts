import type { NoticeKind } from './milestones.rules.ts';

/** What a notice speaks of. */
export interface NoticeFacts {
  readonly organisation: string;
  readonly plan: string;
  /** The instant that matters (ms): the end of the grace, the trial, the plan, or the release of numbers. */
  readonly about: number;
  /** Where plans and cards are changed. */
  readonly page: string;
}

type Text = (facts: NoticeFacts & { readonly day: string }) => readonly [subject: string, body: string];

const texts: Record<NoticeKind, Text> = {
  'payment-failed': ({ organisation, plan, day }) => [
    `The payment for ${organisation} did not go through`,
    `We could not charge the card for your ${plan} plan. Everything stays as it is until ${day}; we will try again before then.`,
  ],
  'payment-grace-ending': ({ organisation, plan, day }) => [
    `Your ${plan} plan ends on ${day} unless the payment goes through`,
    `The payment for ${organisation} is still open. On ${day} the plan falls back to Free.`,
  ],
  'payment-grace-over': ({ organisation, plan }) => [
    `The ${plan} plan of ${organisation} has been suspended`,
    'The payment is still open, so the plan has fallen back to Free. It returns the moment the payment goes through.',
  ],
  'trial-ending': ({ organisation, plan, day }) => [
    `Your ${plan} trial ends on ${day}`,
    `The trial of ${organisation} ends on ${day}; from then on the plan is charged to the card on file.`,
  ],
  'trial-ended': ({ organisation, plan }) => [
    `Your ${plan} trial has ended`,
    `The trial of ${organisation} is over. Choose a plan to go on where you left off.`,
  ],
  'plan-ending': ({ organisation, plan, day }) => [
    `Your ${plan} plan ends on ${day}`,
    `The plan of ${organisation} was cancelled and ends on ${day}. You can resume it until then.`,
  ],
  'plan-ended': ({ organisation, plan }) => [
    `Your ${plan} plan has ended`,
    `${organisation} is on the Free plan now. Your conversations and contacts are kept.`,
  ],
  'numbers-kept-30-days': ({ organisation, day }) => numbersKept(organisation, day, 'in 30 days'),
  'numbers-kept-7-days': ({ organisation, day }) => numbersKept(organisation, day, 'in 7 days'),
  'numbers-kept-1-day': ({ organisation, day }) => numbersKept(organisation, day, 'tomorrow'),
};

function numbersKept(organisation: string, day: string, when: string): readonly [string, string] {
  return [
    `Your phone numbers are released ${when}`,
    `The numbers of ${organisation} are kept until ${day}. After that they may go to someone else. Choose a plan to keep them.`,
  ];
}

/** The mail of a notice. Days are named in UTC, as all of billing counts. */
export function noticeText(kind: NoticeKind, facts: NoticeFacts): { subject: string; text: string } {
  const day = new Date(facts.about).toUTCString();
  const [subject, body] = texts[kind]({ ...facts, day });
  return { subject, text: [body, facts.page].join('\n\n') };
}
