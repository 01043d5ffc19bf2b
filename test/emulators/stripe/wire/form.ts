/** Body or query of a V1 request: `items[0][price]=p&metadata[k]=v&expand[]=x` as nested objects and lists of strings. */
export type FormValue = string | FormValue[] | { [key: string]: FormValue };

export function parseForm(text: string): Record<string, FormValue> {
  const root: Node = new Map();
  for (const [name, value] of new URLSearchParams(text)) put(root, pathOf(name), value);
  return asObject(root);
}

type Node = Map<string, Node | string>;

function pathOf(name: string): string[] {
  const open = name.indexOf('[');
  if (open <= 0) return [name];
  const inner = [...name.slice(open).matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '');
  return [name.slice(0, open), ...inner];
}

function put(node: Node, path: readonly string[], value: string): void {
  const [head = '', ...rest] = path;
  const key = head === '' ? String(node.size) : head;
  if (rest.length === 0) {
    node.set(key, value);
    return;
  }
  const held = node.get(key);
  const next: Node = held instanceof Map ? held : new Map();
  node.set(key, next);
  put(next, rest, value);
}

/** Keys that are all whole numbers make a list, in the order of the numbers. */
function plain(node: Node | string): FormValue {
  if (typeof node === 'string') return node;
  const keys = [...node.keys()];
  if (keys.length === 0 || !keys.every((key) => /^\d+$/.test(key))) return asObject(node);
  return [...node.entries()].sort(([a], [b]) => Number(a) - Number(b)).map(([, value]) => plain(value));
}

function asObject(node: Node): Record<string, FormValue> {
  return Object.fromEntries([...node].map(([key, value]) => [key, plain(value)]));
}
