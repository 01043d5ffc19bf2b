export interface ServerSentEvent {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

/** Reads `text/event-stream` in pieces cut anywhere; `feed` gives the events that are complete. */
export function sseParser(): { feed(text: string): ServerSentEvent[] } {
  let rest = '';
  let type = '';
  let data: string[] = [];
  let lastEventId = '';

  const takeLine = (line: string, done: ServerSentEvent[]) => {
    if (line === '') {
      if (data.length > 0) done.push({ type: type || 'message', data: data.join('\n'), lastEventId });
      type = '';
      data = [];
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') type = value;
    else if (name === 'data') data.push(value);
    else if (name === 'id' && !value.includes('\0')) lastEventId = value;
  };

  return {
    feed(text) {
      const done: ServerSentEvent[] = [];
      const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      for (const line of lines) takeLine(line, done);
      return done;
    },
  };
}
