import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { loadEnvFile } from 'node:process';
import { keepHeapSmall } from './heap-size.ts';
import { loadRun } from './load-run.ts';

// Only what has to be done before the rest of iMi is loaded; it is `run.ts` that starts it.
if (process.env.NODE_ENV !== 'production' && existsSync('.env')) loadEnvFile('.env');
// In our own folder: code that others could put into a shared one would run. Where it cannot be
// written, everything is compiled anew.
const cacheFolder = join(process.env.IMI_DATA_DIR || '.imi', 'compile-cache');
enableCompileCache(cacheFolder);
keepHeapSmall();

const { run, keepCode } = await loadRun(cacheFolder);
await run(keepCode);
