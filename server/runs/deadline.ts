/** A store that did not answer in time. Whether it did what was asked is not known. */
class StoreSilent extends Error {
  constructor(store: string, deadlineMs: number) {
    super(`the ${store} run log did not answer within ${deadlineMs} ms`);
    this.name = 'StoreSilent';
  }
}

/** How long a run log waits for its store. Source: streaming.md 5.5 (silent for 2 s: the run moves to another log). */
export const storeDeadlineMs = 2000;

/** The call's own outcome, or `StoreSilent` after `deadlineMs`; what arrives later is dropped, never taken as data. */
export function withDeadline<T>(call: PromiseLike<T>, store: string, deadlineMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StoreSilent(store, deadlineMs)), deadlineMs);
    call.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
