/** What one process tells the others: runs with new entries, and runs of others that it follows. */
export interface SignalContent {
  readonly news: Iterable<string>;
  readonly followed: Iterable<string>;
}

/** A payload may have 8,000 bytes: 200 ids of 36 characters with their commas, and the sender. */
const IDS_PER_PAYLOAD = 200;

/** `<sender> <news> <followed>`, ids with commas between; as many payloads as it takes. */
export function toPayloads(sender: string, { news, followed }: SignalContent): string[] {
  const told = portions(news).map((ids) => `${sender} ${ids} `);
  return [...told, ...portions(followed).map((ids) => `${sender}  ${ids}`)];
}

export function fromPayload(payload: string): { sender: string; news: string[]; followed: string[] } {
  const [sender = '', news = '', followed = ''] = payload.split(' ');
  const idsOf = (list: string) => (list === '' ? [] : list.split(','));
  return { sender, news: idsOf(news), followed: idsOf(followed) };
}

function portions(runIds: Iterable<string>): string[] {
  const ids = [...runIds];
  const lists: string[] = [];
  for (let start = 0; start < ids.length; start += IDS_PER_PAYLOAD) {
    lists.push(ids.slice(start, start + IDS_PER_PAYLOAD).join());
  }
  return lists;
}
