import type { RunResult, RunStream } from '../../sdk/src/index.ts';
import { expectThat } from './step.ts';
import { paragraph } from './terminal.ts';

export interface WatchedAnswer {
  /** The answer as it was printed, piece by piece. */
  readonly transcript: string;
  /** How many pieces came. */
  readonly pieces: number;
  readonly result: RunResult;
}

interface Moment {
  /** Comes once this many characters were printed. */
  readonly afterCharacters: number;
  /** What happens then; the answer is a remark for the terminal. */
  happen(): string | Promise<string>;
}

/** Prints an answer as it streams. Throws when a piece is missing, comes twice or is out of order. */
export async function watchAnswer(
  stream: RunStream,
  speaker: string,
  moment?: Moment,
): Promise<WatchedAnswer> {
  const shown = paragraph(speaker);
  let transcript = '';
  let pieces = 0;
  let lastSeq = 0;
  let pending = moment;
  try {
    for await (const event of stream) {
      expectThat(event.type !== 'log.reset', 'part of the log was lost');
      const firstSeq = event.type === 'text.delta' ? (event.fromSeq ?? event.seq) : event.seq;
      expectThat(firstSeq === lastSeq + 1, `event ${firstSeq} came after ${lastSeq}`);
      lastSeq = event.seq;
      if (event.type !== 'text.delta') continue;
      transcript += event.text;
      pieces += 1;
      shown.write(event.text);
      if (pending === undefined || transcript.length < pending.afterCharacters) continue;
      const { happen } = pending;
      pending = undefined;
      shown.mark(await happen());
    }
  } finally {
    shown.end();
  }
  expectThat(pending === undefined, `the answer ended before ${moment?.afterCharacters} characters`);
  return { transcript, pieces, result: await stream.finished };
}

/** Compares bytes, not characters: what one encoding would hide counts. */
export function expectSameBytes(one: string, other: string, what: string): void {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  expectThat(a.equals(b), `${what} differ: ${a.length} and ${b.length} bytes`);
}
