import { terminal } from './terminal.ts';

const stepTimeoutMs = 30_000;

/** A promise of the product that did not hold. */
export class BrokenPromise extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BrokenPromise';
  }
}

export function expectThat(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new BrokenPromise(otherwise);
}

/** Runs one step and ticks it, with what `describe` says of its result; a step that fails or takes over 30 s ends the demo. */
export async function step<T>(
  name: string,
  body: () => Promise<T>,
  describe: (result: T) => string = () => '',
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new BrokenPromise(`not done after ${stepTimeoutMs / 1000} s`)),
    stepTimeoutMs,
  );
  try {
    const result = await Promise.race([body(), late]);
    const detail = describe(result);
    terminal.tick(detail === '' ? name : `${name}: ${detail}`);
    return result;
  } catch (error) {
    terminal.cross(name);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
