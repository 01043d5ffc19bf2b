import { parseArgs } from 'node:util';
import { startAnthropicEmulator } from './anthropic.ts';
import { startOpenAiEmulator } from './openai.ts';

/** `node test/emulators/main.ts [--openai 4010] [--anthropic 4011]`: both vendors until the process is told to end. */
const { values } = parseArgs({
  options: {
    openai: { type: 'string', default: '0' },
    anthropic: { type: 'string', default: '0' },
    seed: { type: 'string', default: '' },
  },
});

const emulators = await Promise.all([
  startOpenAiEmulator({ port: Number(values.openai), seed: values.seed }),
  startAnthropicEmulator({ port: Number(values.anthropic), seed: values.seed }),
]);
const [openai, anthropic] = emulators;
console.log(JSON.stringify({ openai: openai.url, anthropic: anthropic.url }));

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void Promise.all(emulators.map((emulator) => emulator.close())));
