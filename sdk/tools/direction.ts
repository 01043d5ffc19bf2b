/** Which of a schema's two types is meant: what a caller sends, or what a caller receives. */
export type Direction = 'input' | 'output';
