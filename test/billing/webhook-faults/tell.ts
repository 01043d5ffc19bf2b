/** A signed delivery, as it goes over the wire, and the event it tells of. */
export interface Telling {
  readonly id: string;
  request(): { readonly body: string; readonly headers: Readonly<Record<string, string>> };
}

/** The status of the answer; null when the connection broke. */
export async function post(url: string, telling: Telling): Promise<number | null> {
  const { body, headers } = telling.request();
  try {
    const response = await fetch(url, { method: 'POST', body, headers });
    await response.body?.cancel();
    return response.status;
  } catch {
    return null;
  }
}

/** Does so much at once and no more. */
export async function inTurns<T>(
  items: readonly T[],
  width: number,
  act: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) await act(item, index);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
