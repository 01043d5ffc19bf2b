import type { AttemptUsage } from '../../runs/events.ts';
import type { ModelRequest } from './port.ts';

export const noUsage: AttemptUsage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  source: 'estimated',
};

/** Characters a token, over English prose and our prompts; used only where a vendor did not report. */
const charactersPerToken = 3.6;

function tokensOf(characters: number): number {
  return Math.ceil(characters / charactersPerToken);
}

/** About how many tokens a text is. */
export function estimateTokens(text: string): number {
  return tokensOf(text.length);
}

/** Characters of the prompt as sent: the system text and every turn. */
function promptCharacters(request: ModelRequest): number {
  return request.turns.reduce((sum, turn) => sum + turn.text.length, request.system.length);
}

/** How many characters of output were received. */
export interface ReceivedOutput {
  readonly textCharacters: number;
  readonly reasoningCharacters: number;
}

/**
 * Usage of an attempt whose vendor did not report it all: what was reported stays (Anthropic tells the input at once),
 * the output is at least what was received.
 */
export function estimateUsage(
  request: ModelRequest,
  received: ReceivedOutput,
  reported?: AttemptUsage,
): AttemptUsage {
  return {
    inputTokens: reported?.inputTokens ?? tokensOf(promptCharacters(request)),
    cacheReadTokens: reported?.cacheReadTokens ?? 0,
    cacheWriteTokens: reported?.cacheWriteTokens ?? 0,
    outputTokens: Math.max(reported?.outputTokens ?? 0, tokensOf(received.textCharacters)),
    reasoningTokens: Math.max(reported?.reasoningTokens ?? 0, tokensOf(received.reasoningCharacters)),
    source: 'estimated',
  };
}

/** No model takes or makes so many tokens; a larger number is damage, and would not fit the ledger's columns. */
const mostTokens = 1_000_000_000;

/** A count from a vendor's JSON: undefined unless it is a number from 0 to a billion. */
export function tokenCount(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= mostTokens ? Math.round(value) : undefined;
}
