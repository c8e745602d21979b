import { v4 as uuid4 } from 'uuid';
import type { EventMetadata, JsonObject, NewEvent } from '../../src/events/event-store.ts';
import {
  componentIdOf,
  prLinkIdOf,
  projectIdOf,
  relationshipIdOf,
  ticketLinkIdOf,
} from '../../src/events/ids.ts';

const metadata = (commandId: string, occurredAt: string): EventMetadata => ({
  command_id: commandId,
  $correlationId: commandId,
  $causationId: commandId,
  actor: 'tester',
  source: { host: 'test-host', type: 'manual', app: 'test' },
  schema_version: 1,
  occurred_at: occurredAt,
});

/** An event as the write side would append it, whatever its type and payload. */
export function newEvent(
  type: string,
  data: JsonObject,
  at = '2026-01-21T14:30:22.000Z',
): NewEvent {
  const id = uuid4();
  return { id, type, data, metadata: metadata(id, at) };
}

export const projectId = (name: string): string => projectIdOf(`github.com/acme/${name}`);

const projectFace = (name: string) => ({
  project_id: projectId(name),
  project_name: name,
  remote_origin: `git@github.com:Acme/${name}.git`,
});

export const projectRegistered = (name: string, more: JsonObject = {}) =>
  newEvent('imi.project.registered', {
    ...projectFace(name),
    default_branch: 'main',
    trunk_path: `/code/${name}/trunk-main`,
    description: null,
    metadata: {},
    reactivated: false,
    ...more,
  });

export const projectUpdated = (name: string, more: JsonObject = {}) =>
  newEvent('imi.project.updated', {
    ...projectRegistered(name).data,
    changed_fields: ['description'],
    ...more,
  });

export const projectDeactivated = (name: string) =>
  newEvent('imi.project.deactivated', projectFace(name));

const workFace = (id: string, project = 'widget', branch = `branch-${id}`) => ({
  ...projectFace(project),
  work_item_id: id,
  branch_name: branch,
  owner_id: 'agent-1',
});

export const workStarted = (id: string, branch?: string, more: JsonObject = {}) =>
  newEvent('imi.work.started', {
    ...workFace(id, 'widget', branch),
    work_type: 'feature',
    source: { type: 'manual', ref: null },
    worktree_path: null,
    worktree: null,
    metadata: {},
    ...more,
  });

export const gitStateUpdated = (id: string, more: JsonObject = {}) =>
  newEvent('imi.work.git_state_updated', {
    ...workFace(id),
    has_uncommitted_changes: false,
    uncommitted_files_count: 0,
    ahead_of_trunk: 0,
    behind_trunk: 0,
    last_commit_hash: null,
    last_commit_message: null,
    last_sync_at: '2026-01-21T14:30:22.000Z',
    ...more,
  });

export const workCompleted = (id: string, more: JsonObject = {}) =>
  newEvent('imi.work.completed', {
    ...workFace(id),
    completion_type: 'merged',
    completed_at: '2026-01-21T15:00:00.000Z',
    completed_by: 'agent-1',
    merge_commit_hash: 'abc123',
    reason: null,
    ...more,
  });

export const ticketLinked = (id: string, ticket: string) =>
  newEvent('imi.link.ticket_linked', {
    ...workFace(id),
    link_id: ticketLinkIdOf(id, ticket),
    plane_ticket_id: ticket,
    ticket_title: null,
    ticket_url: null,
    metadata: {},
  });

export const prEvent = (
  change: 'created' | 'reopened' | 'merged' | 'closed',
  id: string,
  number = 42,
  more: JsonObject = {},
) =>
  newEvent(`imi.pr.${change}`, {
    ...workFace(id),
    pr_link_id: prLinkIdOf(projectId('widget'), number),
    pr_number: number,
    pr_url: `https://github.com/Acme/widget/pull/${number}`,
    pr_title: null,
    metadata: {},
    pr_state: { created: 'open', reopened: 'open', merged: 'merged', closed: 'closed' }[change],
    ...(change === 'merged' && { merge_commit_hash: null, merged_by: null }),
    ...more,
  });

export const pushed = (id: string, hashes: readonly string[], more: JsonObject = {}) =>
  newEvent('imi.work.activity_observed', {
    ...workFace(id),
    kind: 'push',
    last_activity_at: '2026-01-21T14:40:00.000Z',
    commits: hashes.map((hash) => ({
      hash,
      message: `Commit ${hash}`,
      author_name: 'Ann',
      committed_at: null,
      files: ['src/a.ts'],
    })),
    ...more,
  });

export const deployed = (deployId: string, commitHash: string, more: JsonObject = {}) =>
  newEvent('imi.deploy.completed', {
    deploy_id: deployId,
    environment: 'production',
    commit_hash: commitHash,
    deployment_commits: [],
    deployed_at: '2026-01-21T15:10:00.000Z',
    project_id: null,
    project_name: null,
    remote_origin: null,
    work_item_ids: [],
    metadata: {},
    result: 'success',
    ...more,
  });

export const componentId = (name: string): string => componentIdOf(projectId('widget'), name);

const componentIdentity = (name: string) => {
  const { project_id, ...project } = projectFace('widget');
  const identity = { component_id: componentId(name), component_name: name };
  return { ...project, parent_project_id: project_id, ...identity };
};

export const componentRegistered = (name: string, more: JsonObject = {}) =>
  newEvent('imi.component.registered', {
    ...componentIdentity(name),
    path: `services/${name}`,
    kind: 'local',
    enabled: true,
    linked_project_id: null,
    metadata: {},
    ...more,
  });

export const componentUpdated = (name: string, more: JsonObject = {}) =>
  newEvent('imi.component.updated', {
    ...componentRegistered(name).data,
    changed_fields: Object.keys(more),
    ...more,
  });

const relation = (source: string, target: string) => ({
  ...componentIdentity(source),
  relationship_id: relationshipIdOf(componentId(source), componentId(target), 'depends_on'),
  target_component_id: componentId(target),
  target_component_name: target,
  relationship_type: 'depends_on',
});

export const componentRelated = (source: string, target: string) =>
  newEvent('imi.component.related', { ...relation(source, target), metadata: {} });

export const componentUnrelated = (source: string, target: string) =>
  newEvent('imi.component.unrelated', relation(source, target));

export const ticketObserved = (id: string, more: JsonObject = {}) =>
  newEvent('imi.ticket.observed', {
    plane_ticket_id: id,
    plane_issue_id: null,
    plane_project_id: null,
    sequence_id: null,
    ticket_title: null,
    ticket_url: null,
    ticket_state: 'Todo',
    ticket_state_group: null,
    deleted_at: null,
    plane_updated_at: null,
    changed_fields: ['ticket_state'],
    ...more,
  });
