import { createHash } from 'node:crypto';
import { Agent } from '../agents.contract.ts';
import { alexisRivera } from './alexis-rivera.ts';
import { blazer } from './blazer.ts';
import { chilly } from './chilly.ts';
import { closer } from './closer.ts';
import { coachAlex } from './coach-alex.ts';
import { davidPark } from './david-park.ts';
import type { AgentDefinition } from './definition.ts';
import { dewey } from './dewey.ts';
import { drAmandaFoster } from './dr-amanda-foster.ts';
import { drHarveyStern } from './dr-harvey-stern.ts';
import { drLisaMartinez } from './dr-lisa-martinez.ts';
import { drSarahChen } from './dr-sarah-chen.ts';
import { educator } from './educator.ts';
import { fillmore } from './fillmore.ts';
import { harveySpecter } from './harvey-specter.ts';
import { hunter } from './hunter.ts';
import { jakeThompson } from './jake-thompson.ts';
import { marcusChen } from './marcus-chen.ts';
import { marcusRodriguez } from './marcus-rodriguez.ts';
import { sarahMitchell } from './sarah-mitchell.ts';
import { shimmer } from './shimmer.ts';
import { steely } from './steely.ts';
import { straightz } from './straightz.ts';
import { strategist } from './strategist.ts';
import { toxi } from './toxi.ts';
import { victoriaSterling } from './victoria-sterling.ts';
import { voiceMarcus } from './voice-marcus.ts';
import { voiceSarah } from './voice-sarah.ts';

/** Every agent, in the order in which they are shown. */
export const agents: readonly AgentDefinition[] = [
  ...[harveySpecter, victoriaSterling],
  ...[alexisRivera, davidPark, marcusChen, sarahMitchell, coachAlex],
  ...[hunter, closer, educator, strategist],
  ...[drAmandaFoster, drHarveyStern, drLisaMartinez, drSarahChen, jakeThompson, marcusRodriguez],
  ...[voiceMarcus, voiceSarah],
  ...[toxi, fillmore, dewey, blazer, chilly, steely, straightz, shimmer],
];

/** The public view of every agent; the contract's schema drops whatever is not in it. */
export const publicAgents: readonly Agent[] = agents.map((agent) => Agent.parse(agent));

/** Changes with the public content only, so that a reworded prompt does not empty anybody's cache. */
export const registryVersion = createHash('sha256')
  .update(JSON.stringify(publicAgents))
  .digest('base64url')
  .slice(0, 22);
