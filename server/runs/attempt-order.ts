import type { ChainLink } from '../integrations/ai/chain.ts';
import type { ProviderError, ProviderErrorKind } from '../integrations/ai/port.ts';
import type { AttemptPolicy } from './attempt-policy.ts';

/** A link of the chain and what has come of it in this run. */
export interface LinkState {
  readonly link: ChainLink;
  tries: number;
  /** When it may be tried again, ms since 1970. */
  readyAt: number;
  ruledOut: boolean;
}

export function linkStates(chain: readonly ChainLink[]): LinkState[] {
  return chain.map((link) => ({ link, tries: 0, readyAt: 0, ruledOut: false }));
}

/** The same request may well succeed at the same vendor a moment later. */
const worthRepeating: ReadonlySet<ProviderErrorKind> = new Set([
  'rate_limited',
  'overloaded',
  'first_token_timeout',
  'stalled',
  'connection',
  'protocol',
  'server',
]);

/**
 * Notes a failure: rules out the links that would fail alike, or sets when this one may be tried again
 * (full jitter, and never before the vendor's Retry-After). A refusal of the content rules out all.
 */
export function noteFailure(
  states: readonly LinkState[],
  failed: LinkState,
  failure: { readonly error: ProviderError; readonly at: number; readonly random: number },
  policy: AttemptPolicy,
): void {
  const { error } = failure;
  const backoff = Math.min(policy.backoffCapMs, policy.backoffMs * 2 ** (failed.tries - 1));
  failed.readyAt = failure.at + Math.max(failure.random * backoff, error.retryAfterMs ?? 0);
  failed.ruledOut = !worthRepeating.has(error.kind) || failed.tries >= policy.triesPerLink;
  for (const state of states) {
    if (error.kind === 'content_filter') state.ruledOut = true;
    if (error.kind === 'context_length' && !isRoomier(state.link, failed.link)) state.ruledOut = true;
  }
}

/** Whether the same request may be asked again after such a failure. */
export function isWorthRepeating(kind: ProviderErrorKind): boolean {
  return worthRepeating.has(kind);
}

function isRoomier(link: ChainLink, than: ChainLink): boolean {
  return link.inputTokens === null || (than.inputTokens !== null && link.inputTokens > than.inputTokens);
}

/**
 * The link to try next: the first that was not tried yet, else the one that is ready soonest; null when none is left.
 * So a run falls back at once and sleeps only when nobody else can answer.
 */
export function nextLink(states: readonly LinkState[]): LinkState | null {
  const left = states.filter((state) => !state.ruledOut);
  const untried = left.find((state) => state.tries === 0);
  return untried ?? left.toSorted((a, b) => a.readyAt - b.readyAt)[0] ?? null;
}
