/** One token of a bench stream: numbered words, so that both sides know the whole text. `at` is the scheduled monotonic ms. */
export interface Token {
  readonly id: string;
  readonly data: {
    readonly type: 'text.delta';
    readonly seq: number;
    readonly block: 0;
    readonly text: string;
    readonly at: number;
  };
}

export function wordOf(seq: number): string {
  return `w${String(seq).padStart(6, '0')} `;
}

export function token(seq: number, at: number): Token {
  return { id: `1-${seq}`, data: { type: 'text.delta', seq, block: 0, text: wordOf(seq), at } };
}

export type Contender = 'gateway' | 'ws' | 'socket.io';
export const contenders = ['gateway', 'ws', 'socket.io'] as const;
