import type { Clock } from '../core/clock.ts';
import type { RunSignals } from './log.ts';

/** A process says again every 5 s which runs of others it follows; the word counts for 12 s, so one may get lost. */
export const audiencePolicy = { renewMs: 5000, holdMs: 12_000 } as const;

export interface AudienceOptions {
  readonly signals: Pick<RunSignals, 'announce' | 'onAnnounced'>;
  readonly clock: Clock;
  /** Whether the run is produced here. */
  isLocal(runId: string): boolean;
  /** A run that is produced here, and that nobody watched, has a viewer now. */
  onArrival(runId: string): void;
}

/**
 * Whether anybody watches a run that is produced here: viewers of this process at once, those of other processes by
 * their announcements. A viewer elsewhere gets text in 500 ms portions only while its announcement is on its way
 * (about 20 ms), or, when that one was lost, until the next.
 */
export class Audience {
  readonly #o: AudienceOptions;
  readonly #here = new Set<string>();
  /** Until when the word of another process counts (clock ms); only for runs produced here. */
  readonly #elsewhere = new Map<string, number>();
  readonly #unlisten: () => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: AudienceOptions) {
    this.#o = options;
    this.#unlisten = options.signals.onAnnounced((runId) => this.#heard(runId));
  }

  isWatched(runId: string): boolean {
    return this.#here.has(runId) || this.isWatchedElsewhere(runId);
  }

  isWatchedElsewhere(runId: string): boolean {
    return (this.#elsewhere.get(runId) ?? 0) > this.#o.clock.now();
  }

  /** The run has its first viewer in this process. */
  enter(runId: string): void {
    const wasWatched = this.isWatched(runId);
    this.#here.add(runId);
    if (!this.#o.isLocal(runId)) {
      this.#o.signals.announce([runId]);
      this.#timer ??= setInterval(() => this.#renew(), audiencePolicy.renewMs);
    } else if (!wasWatched) {
      this.#o.onArrival(runId);
    }
  }

  /** The last viewer of this process has left. */
  leave(runId: string): void {
    this.#here.delete(runId);
  }

  /** The run is produced here no more. */
  forget(runId: string): void {
    this.#elsewhere.delete(runId);
  }

  close(): void {
    this.#unlisten();
    this.#stop();
  }

  #heard(runId: string): void {
    if (!this.#o.isLocal(runId)) return;
    const wasWatched = this.isWatched(runId);
    this.#elsewhere.set(runId, this.#o.clock.now() + audiencePolicy.holdMs);
    if (!wasWatched) this.#o.onArrival(runId);
  }

  #renew(): void {
    const remote = [...this.#here].filter((runId) => !this.#o.isLocal(runId));
    if (remote.length === 0) this.#stop();
    else this.#o.signals.announce(remote);
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
