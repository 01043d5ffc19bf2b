import { describe, expect, it } from 'vitest';
import { newId } from '../../server/core/ids.ts';
import { toRecord } from '../../server/runs/log-record.ts';
import { OwnedLogs } from '../../server/runs/redis-owned.ts';
import { batch, terminal } from './log-harness/entries.ts';

describe('what a process knows of the logs it took over', () => {
  const runId = newId('run');
  const record = (first: number, last: number, epoch = 1) => toRecord(runId, batch(epoch, first, last));

  function taken(lastSeq: number): OwnedLogs {
    const owned = new OwnedLogs();
    owned.taken(runId, { exists: true, epoch: 1, lastSeq, ended: false }, 1);
    return owned;
  }

  it('lets a batch pass that follows, and one that was acknowledged before', () => {
    const owned = taken(0);
    expect(owned.refusal(record(1, 3))).toBeNull();
    owned.acknowledged(record(1, 3));
    expect(owned.refusal(record(1, 3))).toBeNull();
    expect(owned.refusal(record(4, 4))).toBeNull();
    expect(owned.refusal(record(5, 5))).toBe('lost');
  });

  it('while a batch is in doubt, lets only that very batch pass', () => {
    const owned = taken(3);
    owned.doubted(record(4, 6));
    expect(owned.refusal(record(4, 6))).toBeNull();
    expect(owned.refusal(record(4, 5))).toBe('lost');
    expect(owned.refusal(record(7, 8))).toBe('lost');
    expect(owned.expectedEntries(runId, 3)).toBeUndefined();
    owned.acknowledged(record(4, 6));
    expect(owned.refusal(record(7, 8))).toBeNull();
    expect(owned.expectedEntries(runId, 6)).toBe(2);
  });

  it('lets nothing follow the terminal event', () => {
    const owned = taken(3);
    owned.acknowledged(toRecord(runId, terminal(1, 4)));
    expect(owned.refusal(record(5, 5))).toBe('fenced');
    expect(owned.refusal(toRecord(runId, terminal(1, 4)))).toBeNull();
  });

  it('says nothing about other epochs and other runs', () => {
    const owned = taken(3);
    expect(owned.refusal(record(9, 9, 2))).toBeNull();
    owned.forget(runId);
    expect(owned.refusal(record(9, 9))).toBeNull();
  });
});
