import type { LogReset, RunEvent } from '../contract/types.ts';

/** An event of a run, or `log.reset`: part of the log was lost; show its `text` instead of what you have. Numbering goes on after its `seq`. */
export type RunStreamEvent = RunEvent | LogReset;

/** Two neighbouring pieces of text as one event, or undefined for other events. */
export function joinedText(last: RunStreamEvent, next: RunStreamEvent): RunStreamEvent | undefined {
  if (last.type !== 'text.delta' || next.type !== 'text.delta' || last.block !== next.block) return undefined;
  return { ...next, fromSeq: last.fromSeq ?? last.seq, text: last.text + next.text };
}
