import { parseArgs } from 'node:util';
import { startAnthropicEmulator } from './anthropic.ts';
import { startOpenAiEmulator } from './openai.ts';
import { startStripeEmulator } from './stripe/emulator.ts';

/** `node test/emulators/main.ts [--openai 4010] [--anthropic 4011] [--stripe 4012]`: all vendors until the process is told to end. */
const { values } = parseArgs({
  options: {
    openai: { type: 'string', default: '0' },
    anthropic: { type: 'string', default: '0' },
    stripe: { type: 'string', default: '0' },
    seed: { type: 'string', default: '' },
  },
});

const stripe = await startStripeEmulator({ port: Number(values.stripe), followsWallClock: true });
const emulators = await Promise.all([
  startOpenAiEmulator({ port: Number(values.openai), seed: values.seed }),
  startAnthropicEmulator({ port: Number(values.anthropic), seed: values.seed }),
]);
const [openai, anthropic] = emulators;
const account = { url: `http://127.0.0.1:${stripe.port}`, key: stripe.emulator.secretKey };
console.log(JSON.stringify({ openai: openai.url, anthropic: anthropic.url, stripe: account }));

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void Promise.all([...emulators, stripe].map((emulator) => emulator.close())));
