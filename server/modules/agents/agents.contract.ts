import { z } from 'zod';
import { appIds } from '../../core/apps.ts';

export const agentCategories = [
  'elite_closer',
  'coach',
  'strategist',
  'specialist',
  'voice_rep',
  'procedure_expert',
] as const;
export const AgentCategoryKey = z.enum(agentCategories).meta({ id: 'AgentCategoryKey' });
export type AgentCategoryKey = z.infer<typeof AgentCategoryKey>;

export const AgentKnowledgeDomain = z
  .object({
    name: z.string().describe('The field as a person would call it, such as "Fractional lasers".'),
    category: z.enum(['aesthetic', 'dental', 'sales']).describe('The side of the business it belongs to.'),
    expertiseLevel: z.enum(['working', 'advanced', 'expert']).describe('How deep this agent goes in it.'),
    productLines: z.array(z.string()).describe('Product families it can talk about; may be empty.'),
  })
  .meta({ id: 'AgentKnowledgeDomain' });

export const AgentPersonality = z
  .object({
    tone: z.string().describe('How it sounds, in a few words.'),
    traits: z.array(z.string()).describe('Three to five lasting traits.'),
    approach: z.string().describe('How it goes at a problem, in one sentence.'),
    aggression: z.number().int().min(0).max(10).describe('0 never pushes; 10 pushes at every turn.'),
  })
  .meta({ id: 'AgentPersonality' });

export const AgentCoachingStyle = z
  .object({
    approach: z.string().describe('What a session with it is like.'),
    tone: z.string().describe('How it gives feedback.'),
    pace: z.enum(['slow', 'steady', 'brisk', 'fast']).describe('How quickly it moves on.'),
  })
  .meta({ id: 'AgentCoachingStyle' });

/** What anybody may see of an agent. Prompt, model and notes stay on the server. */
export const Agent = z
  .object({
    id: z.string().describe('Stable id, `agt_` and the slug.'),
    slug: z.string().describe('Name for addresses and links; accepted wherever an id is.'),
    name: z.string().describe('Name on the card.'),
    tagline: z.string().describe('One line under the name.'),
    category: AgentCategoryKey.describe('The group it is listed in.'),
    avatar: z.string().describe('Path of the picture, relative to the static assets of the apps.'),
    accentColor: z.string().describe('Hex colour with six digits, such as "#B4832A".'),
    specialties: z.array(z.string()).describe('What to come to it for.'),
    medicalSpecialties: z.array(z.string()).describe('Kinds of practices it knows.'),
    knowledgeDomains: z.array(AgentKnowledgeDomain).describe('Fields and product families, deepest first.'),
    conversationStarters: z.array(z.string()).describe('Questions a person can tap to begin.'),
    signaturePhrases: z.array(z.string()).describe('Lines that are typical of it.'),
    personality: AgentPersonality.describe('Who it is.'),
    coachingStyle: AgentCoachingStyle.describe('How it coaches.'),
    voiceEnabled: z.boolean().describe('Whether a voice session can be started with it.'),
    voiceName: z.string().nullable().describe('Its voice in our catalogue; null when it has none.'),
    whisperSupported: z.boolean().describe('Whether it can coach by whisper during a phone call.'),
    isPublic: z.boolean().describe('Whether a guest without an account may talk to it.'),
    apps: z.array(z.enum(appIds)).describe('The apps that offer it.'),
  })
  .meta({ id: 'Agent', description: 'An agent a rep can talk to, as everybody may see it.' });
export type Agent = z.infer<typeof Agent>;

export const AgentsListInput = z
  .object({
    app: z.enum(appIds).optional().describe('Only agents this app offers; all agents when left out.'),
    category: AgentCategoryKey.optional().describe('Only this group.'),
  })
  .prefault({});
export type AgentsListInput = z.infer<typeof AgentsListInput>;

export const AgentsListOutput = z
  .object({
    items: z.array(Agent).describe('In the order in which they are to be shown.'),
    version: z.string().describe('Changes when anything public in the registry changes; fit for an ETag.'),
  })
  .meta({ id: 'AgentsListOutput' });

export const AgentGetInput = z
  .object({ id: z.string().min(1).max(80).describe('Id or slug.') })
  .meta({ id: 'AgentGetInput' });

export const AgentCategoriesInput = z
  .object({ app: z.enum(appIds).optional().describe('Count only agents this app offers.') })
  .prefault({});

export const AgentCategory = z
  .object({
    key: AgentCategoryKey.describe('What `agents.list` takes as `category`.'),
    name: z.string().describe('Heading to show.'),
    description: z.string().describe('One sentence on what these agents are for.'),
    count: z.number().int().describe('Agents in the group; groups without agents are left out.'),
  })
  .meta({ id: 'AgentCategory' });
export type AgentCategory = z.infer<typeof AgentCategory>;

export const AgentCategoriesOutput = z
  .object({ items: z.array(AgentCategory), version: z.string().describe('The same as of `agents.list`.') })
  .meta({ id: 'AgentCategoriesOutput' });
