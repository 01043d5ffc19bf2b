import type { AttemptSink } from './attempt-facts.ts';
import type { LogWriter } from './log-writer.ts';

/** Turns the facts of attempts into events of the log. Visible text of a run is one text block. */
export function eventSink(
  writer: LogWriter,
  onAttempt: (provider: string, outcome: string) => void,
): AttemptSink {
  let block: number | null = null;
  return {
    attemptStarted(fact) {
      writer.add({ type: 'attempt.started', ...fact });
    },
    text(text) {
      if (block === null) {
        block = 0;
        writer.add({ type: 'block.started', block, kind: 'text' });
      }
      writer.add({ type: 'text.delta', block, text });
    },
    reasoning() {
      // Thinking is the model's own; viewers only see that the run is alive.
    },
    attemptEnded({ attempt, outcome, code, usage, provider }) {
      if (block !== null) writer.add({ type: 'block.ended', block });
      writer.add({ type: 'attempt.ended', attempt, outcome, usage, ...(code === undefined ? {} : { code }) });
      onAttempt(provider, outcome);
    },
  };
}
