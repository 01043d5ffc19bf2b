/** How the local executor works; every number can be replaced for a test. */
export interface ExecutorSettings {
  /** Calls made at once by one process. */
  readonly concurrency: number;
  /** How long a call belongs to a process that shows no life. Renewed three times in this span. */
  readonly leaseMs: number;
  /** How often an idle executor looks for due work; NOTIFY only makes it look earlier. */
  readonly pollMs: number;
  /** Waits before the second, third… attempt; the last entry repeats. Inngest Cloud: 15 s, 30 s, 1, 2, 5… min. */
  readonly backoffMs: readonly number[];
  /** Part of a wait that is random, 0..1. */
  readonly backoffJitter: number;
  /** A call that takes longer is given up and retried. */
  readonly callTimeoutMs: number;
  /** A run whose calls killed the process this often is parked as failed. */
  readonly maxLosses: number;
  /** Bytes of one event. Inngest Cloud takes 256 KiB to 3 MiB by plan. */
  readonly maxEventBytes: number;
  /** Bytes of one step's or run's output. Inngest Cloud: 4 MiB. */
  readonly maxOutputBytes: number;
  /** Bytes of all outputs of a run. Inngest Cloud: 32 MiB. */
  readonly maxStateBytes: number;
  /** How long `stop` waits for running calls before it gives their leases back. */
  readonly stopGraceMs: number;
  /** Where the handler believes to be served; only its path and host are used. */
  readonly appUrl: string;
}

export const defaultExecutorSettings: ExecutorSettings = {
  concurrency: 8,
  leaseMs: 8_000,
  pollMs: 500,
  backoffMs: [1_000, 5_000, 15_000, 60_000, 300_000],
  backoffJitter: 0.1,
  callTimeoutMs: 300_000,
  maxLosses: 5,
  maxEventBytes: 512 * 1024,
  maxOutputBytes: 4 * 1024 * 1024,
  maxStateBytes: 32 * 1024 * 1024,
  stopGraceMs: 10_000,
  appUrl: 'http://jobs.local/api/inngest',
};
