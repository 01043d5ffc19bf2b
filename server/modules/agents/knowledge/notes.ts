import { allOn4Notes } from './all-on-4-implants.ts';
import { bodyContouringNotes } from './body-contouring.ts';
import { fractionalLaserNotes } from './fractional-lasers.ts';
import { neurotoxinNotes } from './neurotoxins.ts';
import type { KnowledgeNote } from './note.ts';
import { procedurePrimerNotes } from './procedure-primers.ts';
import { rfMicroneedlingNotes } from './rf-microneedling.ts';
import { roboticDentalNotes } from './robotic-dental-surgery.ts';
import { closingCraftNotes } from './sales-craft-closing.ts';
import { disciplineCraftNotes } from './sales-craft-discipline.ts';
import { openingCraftNotes } from './sales-craft-opening.ts';

/** Every knowledge note of the product. */
export const knowledgeNotes: readonly KnowledgeNote[] = [
  ...neurotoxinNotes,
  ...allOn4Notes,
  ...fractionalLaserNotes,
  ...rfMicroneedlingNotes,
  ...bodyContouringNotes,
  ...roboticDentalNotes,
  ...procedurePrimerNotes,
  ...openingCraftNotes,
  ...closingCraftNotes,
  ...disciplineCraftNotes,
];
