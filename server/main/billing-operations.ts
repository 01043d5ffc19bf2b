import { databaseTime } from '../../db/queries/time.ts';
import { withSystemScope } from '../../db/tx.ts';
import type { JobOperations } from '../../jobs/deps.ts';
import type { Ports } from '../core/ports.ts';
import { createPace, type Pace } from '../integrations/payments/pace.ts';
import type { Payments } from '../integrations/payments/port.ts';
import { billingOf } from '../modules/billing/billing-access.ts';
import { billingMode } from '../modules/billing/current-entitlements.ts';
import { recordNotices } from '../modules/billing/notices/record-notices.ts';
import { sendNotice } from '../modules/billing/notices/send-notice.ts';
import { postgresNoticeStore } from '../modules/billing/notices/store.postgres.ts';
import {
  isFullUnfinished,
  type ReconcileDeps,
  reconcileStep,
} from '../modules/billing/reconcile/reconcile.ts';
import { retryEvents } from '../modules/billing/retry-events.ts';
import { checkExport } from '../modules/usage/export/check-export.ts';
import { compareMonthPage, settledMonth } from '../modules/usage/export/compare-month.ts';
import type { ExportDeps } from '../modules/usage/export/export-deps.ts';
import { sealUsage } from '../modules/usage/export/seal-usage.ts';
import { tellUsage } from '../modules/usage/export/tell-usage.ts';

/** A fifth of what Stripe takes a second, 100 live and 25 in test mode: the rest is for calls that people wait for. */
const backgroundPerSecond = { live: 20, test: 5 } as const;

type BillingJobs = Pick<
  JobOperations,
  | 'retryBillingEvents'
  | 'recordNotices'
  | 'sendNotice'
  | 'sealUsage'
  | 'tellUsage'
  | 'checkUsageExport'
  | 'compareUsageMonth'
  | 'reconcileStep'
  | 'findUnfinishedReconcile'
>;

/** The work of billing that nobody waits for. Without payments there is nothing to export or to check. */
export function createBillingOperations(ports: Ports): BillingJobs {
  const { database, email, billing, payments } = ports;
  const time = () => withSystemScope(database, 'read', databaseTime);
  const noticeStore = postgresNoticeStore(database, billingMode(ports));
  const notices: Pick<JobOperations, 'recordNotices' | 'sendNotice'> = {
    recordNotices: async () => ({ recorded: await recordNotices(noticeStore) }),
    sendNotice: (notice) => sendNotice({ store: noticeStore, email, page: billing.upgradePage }, notice),
  };
  if (payments === null) return { ...notices, ...nothingToDo };
  const pace = backgroundPace(payments);
  const exporting = {
    database,
    time,
    logger: ports.logger,
    metering: payments.metering,
    livemode: payments.livemode,
  };
  const comparing = { ...exporting, metering: payments.paced(pace).metering };
  const reconciling = reconcileDeps(ports, pace);
  return {
    ...notices,
    ...exportOperations(exporting, comparing),
    retryBillingEvents: () => retryEvents(billingOf(ports)),
    async reconcileStep({ kind }) {
      const { report, done } = await reconcileStep(reconciling, kind);
      const { checked, drifted, repaired, parked } = report;
      return { checked, drifted, repaired, parked: parked.length, done };
    },
    findUnfinishedReconcile: async () => ({ unfinished: await isFullUnfinished(reconciling) }),
  };
}

function exportOperations(deps: ExportDeps, comparing: ExportDeps) {
  return {
    sealUsage: async () => ({ sealed: await sealUsage(deps) }),
    async tellUsage() {
      const { confirmed, retried, parked } = await tellUsage(deps);
      return { confirmed, retried, parked };
    },
    async checkUsageExport() {
      const { isSound, difference, overdue, forgotten } = await checkExport(deps);
      return { isSound, difference, overdue, forgotten };
    },
    async compareUsageMonth({ month, after }) {
      const now = await deps.time();
      const at = month === 'this' ? now : new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1));
      const { differing, ...page } = await compareMonthPage(comparing, { ...settledMonth(at, now), after });
      return { ...page, differing: differing.length };
    },
  } satisfies Partial<BillingJobs>;
}

const nothingToDo: Omit<BillingJobs, 'recordNotices' | 'sendNotice'> = {
  retryBillingEvents: async () => ({ done: 0, failed: 0 }),
  sealUsage: async () => ({ sealed: 0 }),
  tellUsage: async () => ({ confirmed: 0, retried: 0, parked: 0 }),
  checkUsageExport: async () => ({ isSound: true, difference: 0, overdue: 0, forgotten: 0 }),
  compareUsageMonth: async () => ({ checked: 0, differing: 0, next: null }),
  reconcileStep: async () => ({ checked: 0, drifted: 0, repaired: 0, parked: 0, done: true }),
  findUnfinishedReconcile: async () => ({ unfinished: false }),
};

/** How fast background work may ask the vendor. */
export function backgroundPace({ livemode }: Pick<Payments, 'livemode'>): Pace {
  return createPace(backgroundPerSecond[livemode ? 'live' : 'test']);
}

/** What the reconciler works with; throws `billing.not-configured` without payments. */
export function reconcileDeps(
  ports: Pick<Ports, 'payments' | 'database' | 'logger' | 'metrics'>,
  pace: Pace,
): ReconcileDeps {
  const deps = billingOf(ports);
  return {
    ...deps,
    payments: deps.payments.paced(pace),
    onDrift: (customers) => ports.metrics.billingDrift(customers),
  };
}
