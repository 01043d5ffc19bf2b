import { fuzzStreams } from './fuzz.ts';

/** `node test/ai/fuzz-main.ts [streams] [first seed]`: the long form of the fuzz test; exit code 1 when it finds anything. */
const [streams = '50000', firstSeed = '1'] = process.argv.slice(2);
const startedAt = performance.now();
const report = await fuzzStreams(Number(firstSeed), Number(streams));
const seconds = (performance.now() - startedAt) / 1000;
console.log(JSON.stringify({ ...report, seconds: Math.round(seconds * 10) / 10 }, null, 2));
process.exitCode = report.findings.length === 0 ? 0 : 1;
