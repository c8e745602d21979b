import { startVitest } from 'vitest/node';

// The same tests as in the suite, long enough to tell whether memory grows: `npm run fuzz`.
process.env.IMI_FUZZ_ROUNDS ??= '20000';
const vitest = await startVitest('test', ['test/fuzz/'], {
  watch: false,
  fileParallelism: false,
});
await vitest.close();
