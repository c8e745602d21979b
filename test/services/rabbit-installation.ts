import { execFile } from 'node:child_process';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where Debian and the generic archive keep the scripts that do not switch the user. */
const SCRIPT_FOLDERS = [
  '/usr/lib/rabbitmq/bin',
  '/opt/rabbitmq/sbin',
  '/usr/local/opt/rabbitmq/sbin',
  '/opt/homebrew/opt/rabbitmq/sbin',
];

const POLICY = '/usr/sbin/policy-rc.d';

/** @returns the path of an installed `rabbitmq-server` script, or undefined */
export async function installedRabbit(): Promise<string | undefined> {
  for (const folder of SCRIPT_FOLDERS) {
    const script = `${folder}/rabbitmq-server`;
    if (await exists(script)) return script;
  }
  return undefined;
}

/** Whether the Debian package can be installed by this process. */
export async function canInstallRabbit(): Promise<boolean> {
  if (process.getuid?.() !== 0 || !(await exists('/usr/bin/apt-get'))) return false;
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(
    await readFile('/etc/os-release', 'utf8').catch(() => ''),
  );
}

/**
 * Installs Debian's `rabbitmq-server` without letting the package start its system service.
 *
 * @returns the path of the script
 * @throws Error with what apt-get said
 */
export async function installRabbit(): Promise<string> {
  const ownPolicy = !(await exists(POLICY));
  if (ownPolicy) await writeFile(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update', '-qq'], { env });
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'rabbitmq-server'], {
      env,
      maxBuffer: 64 * 1024 * 1024,
    });
  } finally {
    if (ownPolicy) await rm(POLICY, { force: true });
  }
  const script = await installedRabbit();
  if (script === undefined) throw new Error('apt-get installed no rabbitmq-server script');
  return script;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
