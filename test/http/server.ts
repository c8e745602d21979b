import type { FastifyInstance } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { pino } from 'pino';
import { v4 as uuid4 } from 'uuid';
import type { z } from 'zod';
import type { CommandHandler, IncomingCommand, Outcome } from '../../src/commands/command.ts';
import { componentCommands } from '../../src/commands/http/component-commands.ts';
import { componentImports } from '../../src/commands/http/component-imports.ts';
import { deployCommands } from '../../src/commands/http/deploy-commands.ts';
import { linkCommands } from '../../src/commands/http/link-commands.ts';
import { prLinkCommands } from '../../src/commands/http/pr-link-commands.ts';
import { projectCommands } from '../../src/commands/http/project-commands.ts';
import { workItemCommands } from '../../src/commands/http/work-item-commands.ts';
import { WriteDoor } from '../../src/commands/http/write-door.ts';
import { ComponentImporter } from '../../src/commands/import-components.ts';
import { metered } from '../../src/commands/metered.ts';
import { Snapshots } from '../../src/commands/snapshots.ts';
import type { ComponentResource, RelationshipResource } from '../../src/http/schemas/component.ts';
import type { ProjectResource } from '../../src/http/schemas/project.ts';
import type { TicketLinkResource } from '../../src/http/schemas/ticket-link.ts';
import type { WorkItemResource } from '../../src/http/schemas/work-item.ts';
import { buildServer, type ServerOptions } from '../../src/http/server.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';

export const at = '2026-01-21T14:30:22.000Z';
export const projectId = '3f0e6d1c-1a5b-5d8e-9d8b-6f2f0f1d2c3b';
export const workItemId = '9b1c2a34-5d6e-5f70-8a9b-0c1d2e3f4a5b';
export const linkId = '0d4f8e0a-7b53-5f0b-8d3c-0f6f1c0a9e11';
export const componentId = '5c1f7c52-60a3-5f0e-9e4f-2a8c1d3b7e90';
export const relationshipId = '1d7a9c3e-5b2f-5e8d-a6c4-7f0e1b2d3c4a';
export const ids = {
  project_id: projectId,
  work_item_id: workItemId,
  link_id: linkId,
  component_id: componentId,
  relationship_id: relationshipId,
};

/** The server with settings that tests have in common, and no routes but those given. */
export const serverWith = ({
  api = [],
  ...options
}: Partial<ServerOptions> = {}): Promise<FastifyInstance> =>
  buildServer({
    logger: pino({ level: 'silent' }),
    version: '1.2.3',
    bodyLimit: 100_000,
    corsOrigins: [],
    apiKey: undefined,
    apiKeys: [],
    newId: uuid4,
    isUnavailable: () => false,
    api: api.map(checked),
    operations: [],
    ...options,
  });

/** Routes whose answers are held against their schemas: what is read is written without a check. */
const checked =
  (routes: FastifyPluginAsyncZod): FastifyPluginAsyncZod =>
  async (app, options) => {
    app.addHook('preSerialization', async ({ routeOptions }, { statusCode }, answer) => {
      const responses = routeOptions.schema?.response as Record<number, z.ZodType> | undefined;
      if (statusCode < 300) responses?.[statusCode]?.parse(read(answer));
      return answer;
    });
    await routes(app, options);
  };

/** An answer with the texts in it that were made before; positions, which nobody is shown, as texts. */
const read = (answer: unknown): unknown =>
  JSON.parse(
    JSON.stringify(answer, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
  );

/** A command handler that answers as the test says, and remembers what it was asked. */
export class ScriptedHandler implements CommandHandler {
  readonly asked: IncomingCommand[] = [];
  next: (command: IncomingCommand) => Outcome = accepted;

  async handle(command: IncomingCommand): Promise<Outcome> {
    this.asked.push(command);
    return this.next(command);
  }

  async rehearse(command: IncomingCommand) {
    this.asked.push(command);
    return {
      status: 'accepted' as const,
      events: [{ type: 'imi.project.registered', data: { project_id: projectId } }],
    };
  }

  get last(): IncomingCommand {
    return this.asked.at(-1) as IncomingCommand;
  }
}

export const accepted = (command: IncomingCommand): Outcome => ({
  status: 'accepted',
  commandId: command.id,
  ids,
  events: [],
  position: 4711n,
  revision: 3,
});

export const unchanged = (command: IncomingCommand): Outcome => ({
  status: 'unchanged',
  commandId: command.id,
  ids,
  events: [],
  position: 4000n,
  revision: 2,
});

export const rejected =
  (error: Extract<Outcome, { status: 'rejected' }>['error']) =>
  (command: IncomingCommand): Outcome => ({
    status: 'rejected',
    commandId: command.id,
    ids: {},
    position: 4712n,
    error,
  });

export const project: ProjectResource = {
  id: projectId,
  project_id: projectId,
  name: 'widget',
  remote_origin: 'git@github.com:acme/widget.git',
  default_branch: 'main',
  trunk_path: '/home/agent/code/widget/trunk-main',
  description: null,
  metadata: {},
  active: true,
  active_work_items: 0,
  inflight_work_items: 0,
  created_at: at,
  updated_at: at,
  revision: 3,
};

export const link: TicketLinkResource = {
  id: linkId,
  link_id: linkId,
  work_item_id: workItemId,
  plane_ticket_id: 'PROJ-123',
  ticket_title: null,
  ticket_url: null,
  ticket_state: null,
  ticket_state_group: null,
  ticket_deleted_at: null,
  ticket_observed_at: null,
  ticket_observed: null,
  metadata: {},
  created_at: at,
};

export const component: ComponentResource = {
  id: componentId,
  component_id: componentId,
  parent_project_id: projectId,
  project_name: 'widget',
  remote_origin: 'git@github.com:acme/widget.git',
  name: 'api',
  path: 'services/api',
  kind: 'local',
  enabled: true,
  linked_project_id: null,
  metadata: {},
  created_at: at,
  updated_at: at,
  revision: 3,
};

export const relationship: RelationshipResource = {
  id: relationshipId,
  relationship_id: relationshipId,
  source_component_id: componentId,
  source_component_name: 'api',
  target_component_id: workItemId,
  target_component_name: 'store',
  relationship_type: 'depends_on',
  metadata: {},
  created_at: at,
};

export const workItem: WorkItemResource = {
  id: workItemId,
  work_item_id: workItemId,
  project_id: projectId,
  project_name: 'widget',
  remote_origin: 'git@github.com:acme/widget.git',
  branch_name: 'feature/spin',
  work_type: 'feature',
  source: { type: 'manual', ref: null },
  owner_id: 'agent-7',
  worktree_path: null,
  worktree: null,
  has_uncommitted_changes: false,
  uncommitted_files_count: 0,
  ahead_of_trunk: 0,
  behind_trunk: 0,
  last_commit_hash: null,
  last_commit_message: null,
  last_sync_at: null,
  last_activity_at: at,
  pushed_head_hash: null,
  pushed_at: null,
  branch_deleted_at: null,
  stale: false,
  stale_reason: null,
  safe_to_clean: false,
  safe_to_clean_blockers: ['pr_not_merged'],
  status: 'clean',
  advice: 'idle',
  active: true,
  completed_at: null,
  completion_type: null,
  completed_by: null,
  merge_commit_hash: null,
  metadata: {},
  tickets: [link],
  open_prs: [],
  created_at: at,
  updated_at: at,
  revision: 3,
};

export interface WriteServer {
  readonly app: FastifyInstance;
  readonly handler: ScriptedHandler;
  /** How far the read model has come; the door's waits answer by it at once. */
  readModel: { reached: boolean; waits: bigint[]; failing: boolean };
  readonly outcomes: string[];
}

/** The write routes over a scripted handler and a read model that shows what it is told to. */
export function writeRoutes() {
  const handler = new ScriptedHandler();
  const readModel = { reached: true, waits: [] as bigint[], failing: false };
  const outcomes: string[] = [];
  const door = new WriteDoor({
    handler: metered(handler, (command, outcome) => outcomes.push(`${command} ${outcome}`)),
    now: () => at,
    newId: uuid4,
    hostname: 'test-host',
    timeoutMs: 2000,
    waitFor: async (position) => {
      if (readModel.failing) throw new Error('database away');
      readModel.waits.push(position);
      return readModel.reached;
    },
  });
  const api = [
    projectCommands({ door, readProject: async (id) => (id === projectId ? project : null) }),
    workItemCommands({ door, readWorkItem: async (id) => (id === workItemId ? workItem : null) }),
    linkCommands({ door, readTicketLink: async (id) => (id === linkId ? link : null) }),
    prLinkCommands({ door, readPrLink: async () => null }),
    deployCommands({ door, readDeploy: async () => null }),
    componentCommands({
      door,
      readComponent: async (id) => (id === componentId ? component : null),
      readRelationship: async (id) => (id === relationshipId ? relationship : null),
    }),
    componentImports({
      door,
      importer: new ComponentImporter({
        handler,
        store: new InMemoryEventStore(),
        snapshots: new Snapshots(new InMemoryEventStore()),
        remoteHosts: ['github.com'],
        componentsOf: async () => [],
      }),
    }),
  ];
  return { api, handler, readModel, outcomes };
}

/** A server with these routes. */
export async function writeServer(options: Partial<ServerOptions> = {}): Promise<WriteServer> {
  const { api, ...script } = writeRoutes();
  return { app: await serverWith({ api, ...options }), ...script };
}
