import { drawHistory } from './history.ts';
import { MemoryPlace } from './memory.ts';
import { play } from './play.ts';

const [from = 1, to = from] = process.argv.slice(2).map(Number);
const began = performance.now();
let red = 0;
let next = from;
async function lane(): Promise<void> {
  while (next <= to) {
    const seed = next++;
    const { wrong, told } = await play(drawHistory(seed), (now) => new MemoryPlace(now));
    if (wrong.length === 0 && from !== to) continue;
    red += 1;
    if (red <= 4) console.log(`seed ${seed}\n  ${told.join('\n  ')}\n! ${wrong.join('\n! ')}`);
    else console.log(`seed ${seed}: ${wrong[0]?.slice(0, 200)}`);
  }
}
await Promise.all(Array.from({ length: 16 }, lane));
const cpu = process.cpuUsage();
console.log(
  `${red} wrong, ${((performance.now() - began) / (to - from + 1)).toFixed(1)} ms a history, cpu ${((cpu.user + cpu.system) / 1000 / (to - from + 1)).toFixed(1)}`,
);
process.exit(red > 0 ? 1 : 0);
