import { actMutations } from './acts.ts';
import type { Mutation } from './mutation.ts';
import { wallMutations } from './walls.ts';

export const mutations: readonly Mutation[] = [...wallMutations, ...actMutations];
