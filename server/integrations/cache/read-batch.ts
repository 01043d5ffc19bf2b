const maxKeysARead = 256;

interface Batch {
  readonly positions: Map<string, number>;
  readonly values: Promise<(string | null)[]>;
}

/** Gathers the keys asked for in one tick, each once, into calls of `readMany`: commands are billed, keys are not. */
export function coalesceReads(
  readMany: (keys: readonly string[]) => Promise<(string | null)[]>,
): (key: string) => Promise<string | null> {
  let open: Batch | null = null;

  const begin = (): Batch => {
    const positions = new Map<string, number>();
    const sent = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      if (open === batch) open = null;
      return readMany([...positions.keys()]);
    });
    const batch: Batch = { positions, values: sent };
    return batch;
  };

  return async (key) => {
    if (open === null || open.positions.size >= maxKeysARead) open = begin();
    const { positions, values } = open;
    const position = positions.get(key) ?? positions.size;
    positions.set(key, position);
    return (await values)[position] ?? null;
  };
}
