import equal from 'fast-deep-equal';
import type { Refusal } from '../errors.ts';
import type { JsonObject } from '../events/event-store.ts';
import { originKeyOf } from '../events/ids.ts';
import type { Project } from '../events/project.ts';
import { acceptedOriginForms, parseRemoteOrigin } from '../events/remote-origin.ts';
import { type Decision, type DecisionContext, refuse, unchanged, write } from './decision.ts';
import { patchedMetadata } from './merge-patch.ts';
import type { DeactivateProject, RegisterProject, UpdateProject } from './project-schemas.ts';

/** What a decision may set: a project without what its history alone decides. */
type Face = Omit<Project, 'active' | 'created_at' | 'updated_at'>;

/** What every event of a project says of it. */
export const projectPayload = ({ id, name, ...rest }: Face): JsonObject => ({
  project_id: id,
  project_name: name,
  remote_origin: rest.remote_origin,
  default_branch: rest.default_branch,
  trunk_path: rest.trunk_path,
  description: rest.description,
  metadata: rest.metadata,
});

const noSuchProject = (projectId: string): Decision =>
  refuse('NOT_FOUND', 'Project not found', { project_id: projectId });

/** Registers, answers unchanged, or reactivates (spec/domain.md, "register"). */
export function decideRegister(
  state: Project | null,
  command: RegisterProject,
  context: DecisionContext,
): Decision {
  const origin = parseRemoteOrigin(command.remote_origin, context.remoteHosts);
  if (origin === null) {
    return { kind: 'refused', refusal: unacceptableOrigin(context.remoteHosts) };
  }
  const reserve = {
    kind: 'origin' as const,
    key: originKeyOf(origin.key),
    taken: (holderId: string) => originTaken(holderId, origin.display),
  };
  if (state === null) {
    const branch = command.default_branch ?? 'main';
    const project = {
      id: context.entityId,
      name: command.name,
      remote_origin: origin.display,
      default_branch: branch,
      trunk_path: command.trunk_path ?? `${context.homeDir}/code/${command.name}/trunk-${branch}`,
      description: command.description ?? null,
      metadata: command.metadata ?? {},
    };
    const data = { ...projectPayload(project), reactivated: false };
    return write([{ type: 'imi.project.registered', data }], reserve);
  }
  if (parseRemoteOrigin(state.remote_origin, [hostOf(state.remote_origin)])?.key !== origin.key) {
    return refuse('CONFLICT', 'This project id belongs to another remote_origin', {
      project_id: state.id,
      remote_origin: state.remote_origin,
    });
  }
  if (command.project_id !== undefined && command.project_id !== state.id) {
    return { kind: 'refused', refusal: originTaken(state.id, state.remote_origin) };
  }
  if (state.active) return unchanged({ project_id: state.id });
  const data = { ...projectPayload(merged(state, command)), reactivated: true };
  return write([{ type: 'imi.project.registered', data }]);
}

/** Writes what differs, with the whole face of the project; nothing differs → unchanged. */
export function decideUpdate(state: Project | null, command: UpdateProject): Decision {
  if (state === null) return noSuchProject(command.project_id);
  const patched = patchedMetadata(state.metadata, command.metadata);
  if ('refusal' in patched) return { kind: 'refused', refusal: patched.refusal };
  const next = { ...merged(state, command), metadata: patched.metadata };
  const changed = (Object.keys(next) as (keyof Face)[]).filter(
    (field) => !equal(next[field], state[field]),
  );
  if (changed.length === 0) return unchanged({ project_id: state.id });
  const data = { ...projectPayload(next), changed_fields: changed };
  return write([{ type: 'imi.project.updated', data }]);
}

/** Deactivates once; its work items are completed by a policy that reacts to the event. */
export function decideDeactivate(state: Project | null, command: DeactivateProject): Decision {
  if (state === null) return noSuchProject(command.project_id);
  if (!state.active) return unchanged({ project_id: state.id });
  const { id, name, remote_origin } = state;
  const data = { project_id: id, project_name: name, remote_origin };
  return write([{ type: 'imi.project.deactivated', data }]);
}

/** The refusal of a remote that iMi cannot identify a project by. */
export const unacceptableOrigin = (hosts: readonly string[]): Refusal => ({
  code: 'VALIDATION_ERROR',
  message: `remote_origin must be ${acceptedOriginForms}`,
  params: {
    errors: [{ path: 'remote_origin', message: `must be ${acceptedOriginForms}` }],
    allowed_hosts: hosts,
  },
});

const originTaken = (projectId: string, origin: string) => ({
  code: 'CONFLICT' as const,
  message: 'This remote_origin already belongs to a project with another id',
  params: { project_id: projectId, remote_origin: origin },
});

// The host was allowed when the project was registered; the setting may have changed since.
const hostOf = (display: string): string => /@([^:]+):/.exec(display)?.[1]?.toLowerCase() ?? '';

type Changes = Partial<
  Pick<RegisterProject, 'name' | 'default_branch' | 'trunk_path' | 'description' | 'metadata'>
>;

function merged(state: Project, changes: Changes): Face {
  return {
    id: state.id,
    name: changes.name ?? state.name,
    remote_origin: state.remote_origin,
    default_branch: changes.default_branch ?? state.default_branch,
    trunk_path: changes.trunk_path ?? state.trunk_path,
    description: changes.description === undefined ? state.description : changes.description,
    metadata: changes.metadata ?? state.metadata,
  };
}
