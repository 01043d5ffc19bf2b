import { describe, expect, it } from 'vitest';
import { textJoiner } from '../../server/runs/well-formed-text.ts';
import { randomFrom } from '../emulators/generation.ts';

function join(pieces: readonly string[]): string[] {
  const joiner = textJoiner();
  return [...pieces.map((piece) => joiner.push(piece)), joiner.end()];
}

describe('joining pieces of text', () => {
  it('holds back half a character until the rest comes', () => {
    expect(join(['a\ud83d', '\udc4db'])).toEqual(['a', '👍b', '']);
  });

  it('gives up a half that never gets its rest', () => {
    expect(join(['a\ud83d'])).toEqual(['a', '\ufffd']);
    expect(join(['\ud83d', 'b', '\udc4d'])).toEqual(['', '\ufffdb', '\ufffd', '']);
  });

  it('keeps out NUL, which Postgres cannot store', () => {
    expect(join(['a\0b'])).toEqual(['a\ufffdb', '']);
  });

  it('changes nothing in text that is well formed, wherever it is cut, and no piece ends inside a character', () => {
    const text = 'Grüße 👩🏽‍⚕️🦷 中文 — w000001 '.repeat(5);
    for (let seed = 0; seed < 200; seed += 1) {
      const random = randomFrom(String(seed));
      const pieces: string[] = [];
      for (let at = 0; at < text.length; at += pieces.at(-1)?.length ?? 1)
        pieces.push(text.slice(at, at + 1 + random(4)));
      const joined = join(pieces);
      expect(joined.join('')).toBe(text);
      expect(joined.every((piece) => piece.isWellFormed())).toBe(true);
    }
  });
});
