// Generated from the running router by `npm run sdk:generate`. Do not edit.
import type { AppId } from './platform.ts';

/** An agent a rep can talk to, as everybody may see it. */
export interface Agent {
  /** Stable id, `agt_` and the slug. */
  id: string;
  /** Name for addresses and links; accepted wherever an id is. */
  slug: string;
  /** Name on the card. */
  name: string;
  /** One line under the name. */
  tagline: string;
  /** The group it is listed in. */
  category: AgentCategoryKey;
  /** Path of the picture, relative to the static assets of the apps. */
  avatar: string;
  /** Hex colour with six digits, such as "#B4832A". */
  accentColor: string;
  /** What to come to it for. */
  specialties: string[];
  /** Kinds of practices it knows. */
  medicalSpecialties: string[];
  /** Fields and product families, deepest first. */
  knowledgeDomains: AgentKnowledgeDomain[];
  /** Questions a person can tap to begin. */
  conversationStarters: string[];
  /** Lines that are typical of it. */
  signaturePhrases: string[];
  /** Who it is. */
  personality: AgentPersonality;
  /** How it coaches. */
  coachingStyle: AgentCoachingStyle;
  /** Whether a voice session can be started with it. */
  voiceEnabled: boolean;
  /** Its voice in our catalogue; null when it has none. */
  voiceName: string | null;
  /** Whether it can coach by whisper during a phone call. */
  whisperSupported: boolean;
  /** Whether a guest without an account may talk to it. */
  isPublic: boolean;
  /** The apps that offer it. */
  apps: AppId[];
}

export type AgentCategoriesInput =
  | {
    /** Count only agents this app offers. */
    app?: AppId;
  }
  | undefined;

export interface AgentCategoriesOutput {
  items: AgentCategory[];
  /** The same as of `agents.list`. */
  version: string;
}

export interface AgentCategory {
  /** What `agents.list` takes as `category`. */
  key: AgentCategoryKey;
  /** Heading to show. */
  name: string;
  /** One sentence on what these agents are for. */
  description: string;
  /** Agents in the group; groups without agents are left out. */
  count: number;
}

/** What `agents.list` takes as `category`. */
export type AgentCategoryKey = 'elite_closer' | 'coach' | 'strategist' | 'specialist' | 'voice_rep' | 'procedure_expert';

/** How it coaches. */
export interface AgentCoachingStyle {
  /** What a session with it is like. */
  approach: string;
  /** How it gives feedback. */
  tone: string;
  /** How quickly it moves on. */
  pace: 'slow' | 'steady' | 'brisk' | 'fast';
}

export interface AgentGetInput {
  /** Id or slug. From 1 to 80 characters. */
  id: string;
}

export interface AgentKnowledgeDomain {
  /** The field as a person would call it, such as "Fractional lasers". */
  name: string;
  /** The side of the business it belongs to. */
  category: 'aesthetic' | 'dental' | 'sales';
  /** How deep this agent goes in it. */
  expertiseLevel: 'working' | 'advanced' | 'expert';
  /** Product families it can talk about; may be empty. */
  productLines: string[];
}

/** Who it is. */
export interface AgentPersonality {
  /** How it sounds, in a few words. */
  tone: string;
  /** Three to five lasting traits. */
  traits: string[];
  /** How it goes at a problem, in one sentence. */
  approach: string;
  /** 0 never pushes; 10 pushes at every turn. */
  aggression: number;
}

export type AgentsListInput =
  | {
    /** Only agents this app offers; all agents when left out. */
    app?: AppId;
    /** Only this group. */
    category?: AgentCategoryKey;
  }
  | undefined;

export interface AgentsListOutput {
  /** In the order in which they are to be shown. */
  items: Agent[];
  /** Changes when anything public in the registry changes; fit for an ETag. */
  version: string;
}
