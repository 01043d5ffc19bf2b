import type { z } from 'zod';
import type { World } from '../kernel/world.ts';

/** One operation of the API. `run` gets the ids of the path in order, and answers with an object of the newest version. */
export interface Route {
  readonly method: string;
  readonly path: string;
  /** How every path of it begins. */
  readonly stem: string;
  readonly pattern: RegExp;
  readonly schema: z.ZodType;
  readonly run: (world: World, input: never, ids: readonly string[]) => unknown;
}

/** `route('POST /v1/customers/:id', schema, run)`. */
export function route<S extends z.ZodType>(
  signature: `${'GET' | 'POST' | 'DELETE'} /${string}`,
  schema: S,
  run: (world: World, input: z.output<S>, ids: readonly [string, string]) => unknown,
): Route {
  const [method = '', path = ''] = signature.split(' ');
  const pattern = new RegExp(`^${path.replaceAll(/:[a-z]+/g, '([^/]+)')}$`);
  return {
    method,
    path,
    stem: path.split(':', 1)[0] ?? '',
    pattern,
    schema,
    run: (world, input, ids) => run(world, input, [ids[0] ?? '', ids[1] ?? '']),
  };
}

/** The operation that a method and a path name, and the ids in the path. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; ids: string[] } | null {
  for (const candidate of routes) {
    const isNear = candidate.method === method && path.startsWith(candidate.stem);
    const match = isNear ? candidate.pattern.exec(path) : null;
    if (match !== null) return { route: candidate, ids: match.slice(1).map(decodeURIComponent) };
  }
  return null;
}
