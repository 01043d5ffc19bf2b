/** A promise with its two ends. A rejection that nobody waits for is not an error of the process. */
export interface Settlement<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

export function settlement<T>(): Settlement<T> {
  let ends: Pick<Settlement<T>, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    ends = { resolve, reject };
  });
  promise.catch(() => {});
  return {
    promise,
    resolve: (value) => ends?.resolve(value),
    reject: (error) => ends?.reject(error),
  };
}
