/** What an account's owner sets in the dashboard, as far as billing depends on it. */
export interface Settings {
  /** The API version of requests that name none; the SDK always names its own. */
  apiVersion: string;
  /** Days after the first failed attempt at which a renewal is tried again ("Smart Retries" has no fixed days). */
  retryDays: readonly number[];
  /** What happens to the subscription when the last retry has failed. */
  afterLastRetry: 'cancel' | 'unpaid' | 'past_due' | 'pause';
  /** How long the invoice of a renewal stays a draft; Stripe: about an hour. */
  draftSeconds: number;
  /** Days before a renewal at which `invoice.upcoming` is sent; 0 sends none. */
  upcomingDays: number;
  /** How long meter events wait until they are counted. */
  meterSeconds: number;
}

export const defaultSettings: Settings = {
  apiVersion: '2026-10-28.endive',
  retryDays: [3, 8, 15],
  afterLastRetry: 'cancel',
  draftSeconds: 3600,
  upcomingDays: 7,
  meterSeconds: 60,
};

/** Seconds an incomplete subscription or a pending update waits for its payment. */
export const payWithinSeconds = 23 * 3600;
