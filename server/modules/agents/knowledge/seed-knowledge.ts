import { replaceKnowledgeNotes } from '../../../../db/queries/knowledge.ts';
import type { SystemScope } from '../../../../db/scope.ts';
import { knowledgeNotes } from './notes.ts';

/**
 * Makes the stored notes equal to those in the code, by checksum; run at every start, by any number of processes.
 * Resolves how many were written and removed: 0 and 0 when nothing changed.
 */
export function seedKnowledge(scope: SystemScope): Promise<{ written: number; removed: number }> {
  return replaceKnowledgeNotes(scope, knowledgeNotes);
}
