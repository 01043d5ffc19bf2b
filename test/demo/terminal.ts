import { styleText } from 'node:util';

const indent = '    ';
const widthAtMost = 100;

/** What the demo writes: ticks, and text as it streams, wrapped for reading. Colours only where the terminal has them. */
export const terminal = {
  heading(text: string): void {
    console.log(`\n${styleText('bold', text)}`);
  },
  tick(text: string): void {
    console.log(`  ${styleText('green', '✓')} ${text}`);
  },
  cross(text: string): void {
    console.log(`  ${styleText('red', '✗')} ${text}`);
  },
  note(text: string): void {
    console.log(styleText('dim', `${indent}${text}`));
  },
};

/** A paragraph that grows: `write` shows text at once, `mark` something that is not part of it, `end` ends the line. */
export function paragraph(speaker: string) {
  const width = Math.min(process.stdout.columns || widthAtMost, widthAtMost);
  let column = 0;
  const print = (text: string, style?: 'yellow') => {
    const breaks = column + text.length > width && column > indent.length;
    const shown = breaks ? text.trimStart() : text;
    process.stdout.write(breaks ? `\n${indent}` : '');
    process.stdout.write(style ? styleText(style, shown) : shown);
    column = (breaks ? indent.length : column) + shown.length;
  };
  print(`${indent}${speaker}: `);
  return {
    write(text: string): void {
      for (const piece of text.match(/\s*\S+|\s+$/g) ?? []) print(piece.replace(/\s+/g, ' '));
    },
    mark: (text: string) => print(` [${text}]`, 'yellow'),
    end: () => void process.stdout.write('\n'),
  };
}
