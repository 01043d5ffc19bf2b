import { readFileSync } from 'node:fs';

/** Prints `N passed, N failed, N skipped` from vitest's own JSON report, the closing line of CI. */
const path = process.argv[2];
if (path === undefined) throw new Error('usage: ci-summary <report.json>');
const report: {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
} = JSON.parse(readFileSync(path, 'utf8'));
const skipped = report.numPendingTests + report.numTodoTests;
console.log(`${report.numPassedTests} passed, ${report.numFailedTests} failed, ${skipped} skipped`);
