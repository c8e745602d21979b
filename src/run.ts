import packageJson from '../package.json' with { type: 'json' };
import { banner } from './banner.ts';
import { type Config, ConfigError, hasKeys, readConfig } from './config.ts';
import { announce } from './embedded/announcement.ts';
import { type Surroundings, startSurroundings } from './embedded/embedded-default.ts';
import { freePort } from './embedded/free-port.ts';
import { letHeapGrow } from './heap-size.ts';
import { createLog } from './log.ts';
import { startService } from './service.ts';
import { startTracing } from './telemetry/tracing.ts';

// Longer than any step of the shutdown should take: whatever hangs then must not hold the process.
const shutdownLimitMs = 10_000;

/**
 * Runs iMi by the settings of the environment until a signal ends it. What keeps it from starting is
 * told on stderr, and ends the process.
 * @param onReady is called when iMi is ready, if it comes to that
 */
export const run = (onReady: () => void): Promise<void> => untilTold(onReady).catch(explain);

async function untilTold(onReady: () => void): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config);
  process.on('uncaughtException', (err) => {
    log.fatal({ err }, 'An error that nothing expected; the process ends and starts clean');
    process.exit(1);
  });
  const told = new Promise<NodeJS.Signals>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  const tracing = await startTracing(process.env, packageJson.version);
  const surroundings = await startSurroundings(config);
  let exitCode = 0;
  try {
    const settled = await onAFreePort(config, surroundings);
    const service = await startService(settled, surroundings, log, tracing);
    const serves = config.roles.includes('api');
    if (serves && !hasKeys(config)) {
      log.warn(
        { bound: config.host },
        'No API key is set: whoever reaches the port may read and write',
      );
    }
    if (surroundings.embedded.length > 0) {
      if (serves) await announce(config.dataDir, service.url);
      process.stdout.write(banner(service.url, serves, surroundings.embedded));
    }
    letHeapGrow();
    log.info({ url: service.url, roles: config.roles }, 'iMi is ready');
    onReady();
    const why = await Promise.race([told, surroundings.failure.catch((error: Error) => error)]);
    if (why instanceof Error) {
      log.fatal({ err: why }, 'iMi cannot go on');
      exitCode = 1;
    }
    log.info({ signal: why instanceof Error ? undefined : why }, 'Shutting down');
    const limit = setTimeout(() => {
      log.fatal('The shutdown took too long');
      process.exit(1);
    }, shutdownLimitMs);
    limit.unref();
    await service.close();
    await tracing?.close();
  } finally {
    await surroundings.close();
  }
  log.info('Stopped');
  process.exitCode = exitCode;
}

/** For development: with the default port taken, another one will do. A port that was chosen is kept. */
async function onAFreePort(config: Config, { embedded }: Surroundings): Promise<Config> {
  if (config.portGiven || embedded.length === 0) return config;
  return { ...config, port: await freePort(config.port, config.host) };
}

function explain(error: Error & { code?: string }): never {
  const known = error instanceof ConfigError || error.code?.startsWith('IMI_ERR_');
  process.stderr.write(`${known ? error.message : (error.stack ?? error.message)}\n`);
  process.exit(1);
}
