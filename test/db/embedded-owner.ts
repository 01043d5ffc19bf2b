import { startEmbeddedPostgres } from '../../db/embedded.ts';

const [dataDir = '', port] = process.argv.slice(2);
const server = await startEmbeddedPostgres({ dataDir, port: Number(port), durable: false });
process.send?.(server.reused ? 'reused' : 'started');
// Lives on its parent's channel until it is killed.
process.on('message', () => {});
