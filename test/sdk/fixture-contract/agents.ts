// Generated from the running router by `npm run sdk:generate`. Do not edit.
import type { AppId } from './platform.ts';
import type { Agent } from './shared.ts';

export interface AgentPage {
  items: Agent[];
  nextCursor: string | null;
}

export interface ListAgentsInput {
  /** Only agents of this app. */
  app?: AppId;
  /** Agents on a page. From 1 to 100. Default: 20. */
  limit?: number;
  cursor?: string | null;
}
