import { expect, test } from 'vitest';
import { Failure } from '../../server/core/failure.ts';
import { refuseUnstorableText } from '../../server/core/storable-text.ts';

function refusedPath(input: unknown): string | undefined {
  try {
    refuseUnstorableText(input);
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.code).toBe('request.invalid');
    return error.detail.fields?.[0]?.path;
  }
}

test('a null character in a message is the caller’s fault, not an internal error', () => {
  expect(refusedPath({ message: 'a\u0000b' })).toBe('message');
  expect(refusedPath({ metadata: { tags: ['x', '\u0000'] } })).toBe('metadata.tags.1');
  expect(refusedPath({ metadata: { 'k\u0000': 1 } })).toBe('metadata');
});

test('half of a surrogate pair is refused, a whole one is text', () => {
  expect(refusedPath({ title: 'a\ud800' })).toBe('title');
  expect(refusedPath({ title: '😀', limit: 3, at: null })).toBeUndefined();
});
