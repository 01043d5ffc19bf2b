interface RequestContext {
  readonly waitUntil?: (work: Promise<unknown>) => void;
}

/** Where Vercel's Node runtime puts the context of the request being served; `@vercel/functions` reads the same place. */
const contextKey = Symbol.for('@vercel/request-context');

/** Asks the platform not to suspend the instance before `work` settles, up to the function's duration. Elsewhere nothing. */
export function keepAlive(work: Promise<unknown>): void {
  currentContext()?.waitUntil?.(work);
}

/** The symbol is the platform's, so no type of ours can know what stands there. */
function currentContext(): RequestContext | undefined {
  const holder = Reflect.get(globalThis, contextKey) as
    | { get?: () => RequestContext | undefined }
    | undefined;
  return holder?.get?.();
}
