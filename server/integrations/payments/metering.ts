/** Use of one customer, told to the vendor; instants are ms since 1970 UTC. */
export interface MeterEvent {
  /** The vendor's name of the meter. */
  readonly eventName: string;
  readonly customerId: string;
  /** The vendor counts an identifier once within 24 h. At most 100 characters. */
  readonly identifier: string;
  /** Whole units, above zero. */
  readonly quantity: number;
  /** Of the past 35 days. */
  readonly usedAt: number;
}

/**
 * `duplicate`: the vendor has one of this identifier already. `refused`: it will never take it. `throttled`: it did not
 * look at it. `unknown`: it may or may not have taken it (timeout, cut connection, 5xx).
 */
export type MeterOutcome =
  | { readonly kind: 'accepted' | 'duplicate' }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number }
  | { readonly kind: 'unknown'; readonly error: string };

/** What the vendor said later about events it had accepted. */
export interface MeterErrorReport {
  /** Null where there is no meter of the name that was sent. */
  readonly eventName: string | null;
  /** Events that took no part in the count, as far as the vendor names them. */
  readonly dropped: readonly { readonly identifier: string; readonly code: string }[];
  /** All of them, named or not, accepted between `from` and `to`. */
  readonly droppedCount: number;
  readonly from: number;
  readonly to: number;
}

/** Whose use of which meter between two whole minutes, the end excluded. */
export interface MeterRange {
  readonly eventName: string;
  readonly customerId: string;
  readonly from: number;
  readonly to: number;
}

/** The vendor's usage meters; errors and deadlines as in `Payments`. */
export interface Metering {
  /** Never rejects: what became of the event is the answer. */
  send(event: MeterEvent): Promise<MeterOutcome>;
  /** Units the vendor counted. */
  counted(range: MeterRange): Promise<number>;
  /** The report that an event of the vendor announces. */
  errorReport(eventId: string): Promise<MeterErrorReport>;
}
