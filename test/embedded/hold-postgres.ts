/** Starts the embedded PostgreSQL in the folder given, says so, and stays: to be killed by a test. */
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts';

const [dataDir = ''] = process.argv.slice(2);
const { url } = await startEmbeddedPostgres({ dataDir });
process.stdout.write(`${url}\n`);
setInterval(() => {}, 60_000);
