import { invalid } from '../kernel/failure.ts';
import { isObject, type Json, toJson } from '../kernel/json.ts';
import type { World } from '../kernel/world.ts';

/** A part of an object that is sent only when asked for, by `object.field`. */
export type Includable = (world: World, holder: Json) => unknown;

const deepest = 4;

/** Puts objects in the place of ids, and includes what is sent only on request; changes `value`. */
export function expand(
  world: World,
  value: Json,
  paths: readonly string[],
  includable: Readonly<Record<string, Includable>>,
): void {
  for (const path of paths) {
    const segments = path.split('.');
    if (segments.filter((segment) => segment !== 'data').length > deepest)
      throw invalid(`You cannot expand more than ${deepest} levels of a property`, { param: 'expand' });
    follow({ world, includable, path }, value, segments);
  }
}

interface Walk {
  readonly world: World;
  readonly includable: Readonly<Record<string, Includable>>;
  readonly path: string;
}

function follow(walk: Walk, value: unknown, [head, ...rest]: readonly string[]): void {
  if (head === undefined || value === null) return;
  if (Array.isArray(value)) {
    expandAll(walk, value, [head, ...rest]);
    return;
  }
  if (!isObject(value)) throw refusal(walk.path);
  let child = value[head];
  if (child === undefined) {
    const include = walk.includable[`${value.object}.${head}`];
    if (include === undefined) throw refusal(walk.path);
    child = json(include(walk.world, value));
  } else if (typeof child === 'string') child = toJson(found(walk, child));
  else if (Array.isArray(child))
    child = child.map((entry) => (typeof entry === 'string' ? toJson(found(walk, entry)) : entry));
  value[head] = child;
  follow(walk, child, rest);
}

function expandAll(walk: Walk, values: readonly unknown[], segments: readonly string[]): void {
  for (const value of values) follow(walk, value, segments);
}

function found(walk: Walk, id: string): object {
  const row = walk.world.lookup(id);
  if (row === undefined) throw refusal(walk.path);
  return row;
}

function json(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}

function refusal(path: string) {
  return invalid(`This property cannot be expanded (${path}).`, { param: 'expand' });
}
