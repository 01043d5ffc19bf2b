/** A place in a run's log as viewers keep it: `<epoch>-<seq>`. */
export interface Cursor {
  readonly epoch: number;
  readonly seq: number;
}

export function formatCursor(epoch: number, seq: number): string {
  return `${epoch}-${seq}`;
}

/** Null for anything that is not a cursor of ours; a viewer with such an id starts from a reset, not from an error. */
export function parseCursor(text: string): Cursor | null {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(text);
  return match === null ? null : { epoch: Number(match[1]), seq: Number(match[2]) };
}
