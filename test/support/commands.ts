import { v4 as uuid4 } from 'uuid';
import type { IncomingCommand } from '../../src/commands/command.ts';
import type { HandlerSettings } from '../../src/commands/handler.ts';
import { projectIdOf } from '../../src/events/ids.ts';

export const settings: HandlerSettings = {
  homeDir: '/home/agent',
  remoteHosts: ['github.com'],
  syncHeartbeatSeconds: 60,
  activityCoalesceSeconds: 60,
};

export const at = '2026-01-21T14:30:22.000Z';

/** A command as a door would hand it over; its id comes from outside unless told otherwise. */
export function command(
  name: string,
  body: unknown,
  given: Partial<IncomingCommand> = {},
): IncomingCommand {
  const id = given.id ?? uuid4();
  return {
    name,
    id,
    fresh: false,
    correlationId: id,
    causationId: id,
    actor: 'tester',
    source: { host: 'test-host', type: 'manual', app: 'test' },
    body,
    now: at,
    ...given,
  };
}

export const origin = 'git@github.com:Acme/Widget.git';
export const projectId = projectIdOf('github.com/acme/widget');

export const registerWidget = (given: Partial<IncomingCommand> = {}): IncomingCommand =>
  command('register_project', { name: 'widget', remote_origin: origin }, given);

export const startOn = (
  branch: string,
  body: Record<string, unknown> = {},
  given: Partial<IncomingCommand> = {},
): IncomingCommand =>
  command(
    'start_work',
    {
      project_id: projectId,
      branch_name: branch,
      work_type: 'feature',
      owner_id: 'agent-1',
      ...body,
    },
    given,
  );
