/** Some of the vendor's customers. */
export interface CustomerPage {
  readonly customerIds: readonly string[];
  /** Where the next page begins; null after the last. */
  readonly next: string | null;
}

/** What the vendor said after an event. */
export interface EventPage {
  /** Whom it concerned, each once. */
  readonly customerIds: readonly string[];
  /** The newest event of the page; the given one when nothing came. */
  readonly last: string;
  readonly more: boolean;
}

/** Reading the whole account, for who checks ours against it. Throws as `Payments` does. */
export interface VendorWalk {
  /** Customers that are not deleted, newest first, after `after`; from the newest again where that one was deleted since. */
  listCustomers(after: string | null): Promise<CustomerPage>;
  /** Null for an account in which nothing has happened for 30 days. */
  latestEvent(): Promise<string | null>;
  /** Events after `after`, oldest page first; null when the vendor has forgotten that one (after 30 days). */
  listEvents(after: string): Promise<EventPage | null>;
}
