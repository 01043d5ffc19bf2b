// Generated from the running router by `npm run sdk:generate`. Do not edit.
import type { Agent } from './shared.ts';

export interface Contact {
  id: string;
  /** Who this contact likes to talk to. */
  favourite: Agent | null;
  phones: Record<'home' | 'work', string>;
  labels: Partial<Record<'hot' | 'cold', boolean>>;
  notes: Record<string, unknown>;
  place: [number, number];
  how:
    | {
      kind: 'call';
      seconds: number;
    }
    | {
      kind: 'mail';
      subject: string;
    };
}

export interface SaveContactInput {
  phones: Record<'home' | 'work', string>;
  labels: Partial<Record<'hot' | 'cold', boolean>>;
  notes: Record<string, unknown>;
  place: [number, number];
  how:
    | {
      kind: 'call';
      seconds: number;
    }
    | {
      kind: 'mail';
      subject: string;
    };
  /** From 1 to 5. Default: 3. */
  stars?: number;
}
