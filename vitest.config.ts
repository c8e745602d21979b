import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/services/global-setup.ts'],
    // A process per file: tests kill, pause and replace what others share.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    // The first hook that asks for RabbitMQ may have to install it.
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
  },
});
