/** What Postgres and JSON cannot store: a lone half of a surrogate pair, and NUL. */
const replacement = '\uFFFD';

/** Joins a stream of text pieces so that no piece ends inside a character; what cannot be stored becomes U+FFFD. */
export interface TextJoiner {
  /** The text that is whole by now; may be empty. */
  push(piece: string): string;
  /** What was held back, when nothing more comes. */
  end(): string;
}

export function textJoiner(): TextJoiner {
  let held = '';
  return {
    push(piece) {
      const text = held + piece;
      held = endsInsidePair(text) ? text.slice(-1) : '';
      return storable(held === '' ? text : text.slice(0, -1));
    },
    end() {
      const rest = storable(held);
      held = '';
      return rest;
    },
  };
}

function endsInsidePair(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}

function storable(text: string): string {
  const wellFormed = text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', replacement) : wellFormed;
}
