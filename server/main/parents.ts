import { readFileSync } from 'node:fs';

const CHECK_MS = 500;

/** The processes above this one: its parent, and where the system tells it, that one's parent. */
function parentsNow(): string {
  return `${process.ppid} ${parentOf(process.ppid) ?? ''}`;
}

/** Told by Linux alone. Elsewhere the shell that npm calls has become this process, and npm is its parent. */
function parentOf(pid: number): string | null {
  try {
    return /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? null;
  } catch {
    return null;
  }
}

/** As they were when this module was loaded: one that goes during a start is missed as well. */
const atStart = parentsNow();

/**
 * Calls `onGone` once when the parent, or the parent of that, is gone. For what `npm start` runs: npm passes a signal on
 * to the shell between them, which passes it on to nobody.
 */
export function onParentsGone(onGone: () => void): void {
  const timer = setInterval(() => {
    if (parentsNow() === atStart) return;
    clearInterval(timer);
    onGone();
  }, CHECK_MS);
  timer.unref();
}
