import type { History, Move } from './history.ts';
import type { Played } from './play.ts';

/** How often a history may be played again to make it shorter. */
const TRIES = 400;

/** The shortest history found that is still wrong: leaves out ever smaller parts of it as long as that helps. */
export async function shrink(
  history: History,
  playAgain: (history: History) => Promise<Played>,
): Promise<Played> {
  let moves: readonly Move[] = history.moves;
  let best = await playAgain(history);
  let tries = 0;
  for (let size = Math.ceil(moves.length / 2); size >= 1; ) {
    let shorter = false;
    for (let at = 0; at < moves.length && tries < TRIES; ) {
      const fewer = [...moves.slice(0, at), ...moves.slice(at + size)];
      tries += 1;
      const played = await playAgain({ ...history, moves: fewer });
      if (played.wrong.length > 0) {
        [moves, best, shorter] = [fewer, played, true];
      } else at += size;
    }
    if (size === 1 && !shorter) return best;
    size = size === 1 ? 1 : Math.floor(size / 2);
    if (tries >= TRIES) return best;
  }
  return best;
}
