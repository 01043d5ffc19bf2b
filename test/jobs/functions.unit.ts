import canonicalize from 'canonicalize';
import type { InngestFunction } from 'inngest';
import { expect, test } from 'vitest';
import { createJobsClient } from '../../jobs/client.ts';
import type { JobOperations } from '../../jobs/deps.ts';
import { createInngestHandler } from '../../jobs/handler.ts';
import { signBody } from '../../jobs/local/protocol.ts';
import { createJobs } from '../../jobs/registry.ts';
import { Failure } from '../../server/core/failure.ts';
import { silentLogger } from '../../server/core/observe.ts';
import { EmailRefused } from '../../server/integrations/email/port.ts';
import { signingKey } from './harness.ts';

const completed = {
  id: 'run-ended:run_1',
  name: 'conversations/run.completed',
  ts: 1,
  data: { orgId: 'org_1', conversationId: 'conv_1', runId: 'run_1', status: 'completed' },
};

const dataRequested = {
  id: 'data-request:dsr_1',
  name: 'personal-data/request.made',
  ts: 1,
  data: { requestId: 'dsr_1', dueAt: '2020-01-01T00:00:00.000Z' },
};

const cancelled = {
  id: 'erasure-cancelled:dsr_1',
  name: 'personal-data/erasure.cancelled',
  ts: 1,
  data: { requestId: 'dsr_1', reason: 'asked' },
};

const invited = {
  id: 'invited:inv_1',
  name: 'organisations/member.invited',
  ts: 1,
  data: { orgId: 'org_1', invitationId: 'inv_1' },
};

const ended = {
  id: 'logout-ses_1-partner',
  name: 'identity/session.ended',
  ts: 1,
  data: { sessionId: 'ses_1', userId: 'usr_1', clientId: 'partner' },
};

const received = {
  id: 'billing.event:evt_1',
  name: 'billing/event.received',
  ts: 1,
  data: { eventId: 'evt_1', customer: 'cus_1' },
};

const held = {
  id: 'sign-in:1',
  name: 'identity/mail.held',
  data: { userId: 'usr_1', sealed: 'x', until: '2026-11-26T10:00:00.000Z' },
  ts: 1,
};
const notice = {
  id: 'org_1:plan-ended',
  name: 'billing/notice.due',
  ts: 1,
  data: { orgId: 'org_1', key: 'plan-ended:sub_1:1:usr_1' },
};

const tick = { id: 'cron:1', name: 'inngest/scheduled.timer', ts: 1, data: { cron: '* * * * *' } };

interface Answer {
  readonly status: number;
  readonly noRetry: string | null;
  readonly result: unknown;
  /** The step that was run, when one was. */
  readonly step: { readonly id: string; readonly op: string; readonly data: unknown } | undefined;
}

/** The app's endpoint over operations that note their calls, called step by step as an executor would. */
function double(overrides: Partial<JobOperations> = {}) {
  const calls: string[] = [];
  const noted =
    <T>(name: string, result: T) =>
    async () => {
      calls.push(name);
      return result;
    };
  const operations: JobOperations = {
    titleConversation: noted('title', { conversationId: 'conv_1', titled: true }),
    summariseConversation: noted('summarise', { conversationId: 'conv_1', summaryToSeq: 4 }),
    sendInvitation: noted('invitation', { invitationId: 'inv_1', sent: true }),
    logOutSite: noted('log-out-site', { delivered: true }),
    sendHeldMail: noted('held-mail', { sent: true }),
    reapRuns: noted('reap', { reaped: 2 }),
    maintainPartitions: noted('partitions', { made: 1, dropped: 1 }),
    purgeIdempotencyKeys: noted('keys', { removed: 3 }),
    purgeSentOutbox: noted('outbox', { removed: 4 }),
    purgeEndedSessions: noted('sessions', { removed: 6 }),
    purgeJobHistory: noted('history', { removed: 5 }),
    purgeExports: noted('exports', { removed: 6 }),
    purgeBilling: noted('billing', { closed: 1, events: 2, holds: 3 }),
    purgeDeletedConversations: noted('conversations', { removed: 7 }),
    beginDataRequest: noted('begin', { tables: ['messages', 'users'], tellsSites: false }),
    workOnTable: noted('table', { rows: 3 }),
    finishDataRequest: noted('finish', { done: true }),
    tellErasureCancelled: noted('tell-cancelled', { sent: true }),
    processBillingEvent: noted('process', { outcome: 'applied' }),
    retryBillingEvents: noted('retry', { done: 1, failed: 0 }),
    refreshEntitlements: noted('entitlements', { refreshed: 6 }),
    expireUsageHolds: noted('holds', { expired: 7 }),
    sealUsage: noted('seal', { sealed: 1 }),
    tellUsage: noted('tell', { confirmed: 1, retried: 0, parked: 0 }),
    checkUsageExport: noted('check', { isSound: true, difference: 0, overdue: 0, forgotten: 0 }),
    compareUsageMonth: noted('compare', { checked: 3, differing: 0, next: null }),
    reconcileStep: noted('reconcile', { checked: 9, drifted: 1, repaired: 1, parked: 0, done: true }),
    findUnfinishedReconcile: noted('unfinished', { unfinished: true }),
    recordNotices: noted('notices', { recorded: 8 }),
    sendNotice: noted('notice', { sent: true }),
    ...overrides,
  };
  const client = createJobsClient({ kind: 'local', signingKey, fetch }, silentLogger);
  const functions: readonly InngestFunction.Any[] = createJobs({ client, operations });
  const handler = createInngestHandler({ client, functions });
  const call = async (id: string, steps: Record<string, unknown>): Promise<Answer> => {
    const [module = ''] = id.split('-');
    const byName = {
      conversations: completed,
      organisations: invited,
      identity: ended,
      personal: dataRequested,
      'identity-send-held-mail': held,
      'personal-data-tell-cancelled': cancelled,
      'billing-send-notice': notice,
      'billing-process-event': received,
    };
    const event = byName[id as keyof typeof byName] ?? byName[module as keyof typeof byName] ?? tick;
    const stack = Object.keys(steps);
    const ctx = { attempt: 0, max_attempts: 5, run_id: 'job_1', stack: { stack, current: stack.length - 1 } };
    const body = canonicalize({ version: 2, ctx, event, events: [event], steps }) ?? '';
    const headers = { host: 'jobs.local', 'x-inngest-signature': signBody(body, signingKey, Date.now()) };
    const url = `http://jobs.local/api/inngest?fnId=repspheres-${id}&stepId=step`;
    const response = await handler(new Request(url, { method: 'POST', headers, body }));
    const result = JSON.parse(await response.text());
    const step = response.status === 206 ? result[0] : undefined;
    return { status: response.status, noRetry: response.headers.get('x-inngest-no-retry'), result, step };
  };
  /** Runs to the end; `trail` holds the memoised steps before each call. */
  const run = async (id: string, from: Record<string, unknown> = {}) => {
    const trail: Record<string, unknown>[] = [];
    for (let steps = from; ; ) {
      trail.push(steps);
      const answer = await call(id, steps);
      if (!answer.step) return { ...answer, trail };
      steps = { ...steps, [answer.step.id]: { data: answer.step.data } };
    }
  };
  return { calls, call, run };
}

const names = {
  'conversations-title': ['title'],
  'conversations-summarise': ['summarise'],
  'organisations-send-invitation': ['invitation'],
  'identity-log-out-site': ['log-out-site'],
  'identity-send-held-mail': ['held-mail'],
  'runs-reap': ['reap'],
  'billing-process-event': ['process'],
  'billing-retry-events': ['retry'],
  'billing-refresh-entitlements': ['entitlements', 'holds'],
  'billing-record-notices': ['notices'],
  'billing-export-usage': ['seal', 'tell'],
  'billing-check-usage': ['check'],
  'billing-compare-usage': ['compare', 'compare'],
  'billing-reconcile': ['reconcile', 'unfinished', 'reconcile'],
  'billing-reconcile-all': ['reconcile'],
  'billing-send-notice': ['notice'],
  'operations-retention': [
    'partitions',
    'keys',
    'outbox',
    'sessions',
    'history',
    'exports',
    'billing',
    'conversations',
  ],
  'personal-data-work': ['begin', 'table', 'table', 'finish'],
  'personal-data-tell-cancelled': ['tell-cancelled'],
};

/** Sleeps before the first operation. */
const sleeps: Record<string, number> = { 'personal-data-work': 1 };

test.each(Object.entries(names))(
  '%s calls its operations once, and replayed from any step only the rest',
  async (id, steps) => {
    const first = double();
    const whole = await first.run(id);
    expect([whole.status, first.calls]).toEqual([200, steps]);
    for (const [index, memo] of whole.trail.entries()) {
      const again = double();
      const replay = await again.run(id, memo);
      expect([replay.status, replay.result, again.calls]).toEqual([
        200,
        whole.result,
        steps.slice(Math.max(0, index - (sleeps[id] ?? 0))),
      ]);
    }
  },
);

test('rows that an erasure takes wait until sites have heard of the sessions that ended', async () => {
  const begun = { tables: ['users'], tellsSites: true };
  const { call, run } = double({ beginDataRequest: async () => begun });
  const { trail } = await run('personal-data-work');
  const afterBegin = await call('personal-data-work', trail[2] ?? {});
  expect(afterBegin.step).toMatchObject({ op: 'Sleep' });
  const afterSleep = await call('personal-data-work', trail[3] ?? {});
  expect(afterSleep.step).toMatchObject({ data: { rows: 3 } });
});

test('steps and results carry ids and counts, never rows', async () => {
  expect((await double().run('operations-retention')).result).toEqual({
    partitions: { made: 1, dropped: 1 },
    keys: 3,
    outbox: 4,
    sessions: 6,
    history: 5,
    exports: 6,
    billing: 6,
    conversations: 7,
  });
});

test('a failure that a repetition cannot mend ends the run; an upstream one is retried', async () => {
  const failing = (error: Error) => double({ titleConversation: () => Promise.reject(error) });
  const gone = await failing(new Failure('conversation.not-found')).call('conversations-title', {});
  expect([gone.step?.op, gone.noRetry]).toEqual(['StepFailed', 'true']);
  const refused = await failing(new EmailRefused('no such mailbox')).call('conversations-title', {});
  expect([refused.step?.op, refused.noRetry]).toEqual(['StepFailed', 'true']);
  const down = await failing(new Failure('run.provider-failed')).call('conversations-title', {});
  expect([down.step?.op, down.noRetry]).toEqual(['StepError', 'false']);
  const defect = await failing(new TypeError('undefined is not a function')).call('conversations-title', {});
  expect(defect.step?.op).toBe('StepError');
});
