/**
 * Turns an indented, wrapped template into plain paragraphs: single line ends become spaces, blank lines stay
 * paragraph breaks, lines that begin with "- " stay list items.
 */
export function prose(text: string): string {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim().replace(/\s*\n\s*(?!\s*- )/g, ' '))
    .map((paragraph) => paragraph.replace(/\s*\n\s*- /g, '\n- '))
    .join('\n\n');
}
