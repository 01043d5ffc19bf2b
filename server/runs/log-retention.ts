/** How long a run's log is readable; afterwards the stored message stands for it. Source: product decisions, retention. */
export const retentionSeconds = 24 * 60 * 60;

/** Batches a `read` answers at most when the caller does not say. */
export const defaultReadLimit = 1000;

/** What a process keeps of one run's events in memory; beyond this the checkpoint stands for the beginning. Source: streaming.md 5.4. */
export const keptBytes = 2 * 1024 * 1024;
