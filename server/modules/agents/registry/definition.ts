import type { AppId } from '../../../core/apps.ts';
import type { Agent } from '../agents.contract.ts';
import type { KnowledgeDomain } from '../knowledge/note.ts';

/** What an agent asks for instead of a dated model; the model registry resolves it. */
export type ModelAlias = 'fast' | 'balanced' | 'deep';

/** The whole agent. `prompt`, `model`, `knowledge` and `deterministic` never leave the server. */
export interface AgentDefinition extends Agent {
  readonly prompt: string;
  readonly model: ModelAlias;
  /** Which sets of notes are searched for it; craft notes are searched for everybody. */
  readonly knowledge: readonly KnowledgeDomain[];
  /** Whether equal questions may be answered from the tenant's cache. */
  readonly deterministic: boolean;
}

type Authored = Omit<AgentDefinition, 'id' | 'avatar' | 'voiceEnabled' | 'deterministic'>;

/** Completes a written persona with what follows from it: id and avatar from the slug, voice from its name. */
export function defineAgent(authored: Authored): AgentDefinition {
  return {
    ...authored,
    id: `agt_${authored.slug}`,
    avatar: `agents/${authored.slug}.webp`,
    voiceEnabled: authored.voiceName !== null,
    deterministic: false,
  };
}

/** Where most agents live. */
export const bothApps: AppId[] = ['repconnect', 'canvas'];
