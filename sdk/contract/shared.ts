// Generated from the running router by `npm run sdk:generate`. Do not edit.
import type { AppId } from './platform.ts';

/** An agent as everybody may see it. */
export interface Agent {
  id: string;
  /** Name on the card. */
  name: string;
  category: 'coach' | 'elite_closer';
  tagline: string | null;
  apps: AppId[];
  personality: {
    tone: string;
    aggression: number;
  };
}
