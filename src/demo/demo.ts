import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../config.ts';
import { announced } from '../embedded/announcement.ts';
import { type Json, openDoors } from './doors.ts';
import { playDay } from './story.ts';

const say = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

const config = readConfig(process.env);
const host = config.host === '0.0.0.0' ? '127.0.0.1' : config.host;
const usual = `http://${host}:${config.port}`;

/** Where iMi is: on the port that was given, else where the one on this data folder says. */
const whereabouts = async (): Promise<string> =>
  config.portGiven ? usual : ((await announced(config.dataDir)) ?? usual);

const isUp = async (): Promise<boolean> =>
  fetch(`${await whereabouts()}/ready`).then(
    async (response) =>
      response.ok && ((await response.json()) as { ready?: unknown }).ready === true,
    () => false,
  );

/** iMi for the length of the demo, on the same data folder, so that `npm start` finds the day in it. */
async function startForDemo(): Promise<() => Promise<void>> {
  say('iMi is not running: it is started for the demo (npm start keeps one running).');
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const main = fileURLToPath(new URL(`../main.${extension}`, import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, main], {
    env: { ...process.env, IMI_LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  while (!(await isUp())) {
    const gone = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 100))]);
    if (gone !== undefined) throw new Error('iMi did not start; its message stands above');
  }
  return async () => {
    child.kill('SIGTERM');
    await ended;
  };
}

function show({ chain }: Json): void {
  const line = (what: string, text: string) => say(`       ${what.padEnd(11)} ${text}`);
  line('tickets', chain.tickets.map((ticket: Json) => ticket.plane_ticket_id).join(', '));
  for (const { branch_name, status, owner_id } of chain.work_items as Json[]) {
    line('work item', `${branch_name}  ${status}  by ${owner_id}`);
  }
  for (const { hash, message } of chain.commits as Json[]) {
    line('commit', `${hash.slice(0, 10)}  ${message ?? '(merge)'}`);
  }
  for (const { pr_number, pr_state, pr_url } of chain.prs as Json[]) {
    line('PR', `#${pr_number}  ${pr_state}  ${pr_url}`);
  }
  for (const { deploy_id, environment } of chain.deploys as Json[]) {
    line('deploy', `${deploy_id}  ${environment}`);
  }
}

const stop = (await isUp()) ? async () => {} : await startForDemo();
try {
  const url = await whereabouts();
  const doors = await openDoors(url, {
    exchange: config.exchangeName,
    ...(config.rabbitmqUrl !== undefined && { rabbitmqUrl: config.rabbitmqUrl }),
    ...(config.apiKey !== undefined && { apiKey: config.apiKey }),
  });
  await playDay(doors, say);
  say('18:00  where did it come from?  GET /api/v1/trace/ticket/PROJ-123');
  show(await doors.http('GET', '/api/v1/trace/ticket/PROJ-123'));
  say();
  say(`Look further: curl -s ${url}/api/v1/trace/ticket/PROJ-123   and   ${url}/docs`);
  await doors.close();
} catch (error) {
  say();
  process.stderr.write(`The demo could not go on: ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await stop();
}
