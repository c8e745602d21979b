import { toUuid } from '../../events/ids.ts';
import type { TracedEntity } from '../traced-entity.ts';
import type { TraceStart } from './trace-start.ts';

/** A form of the question, for which there is one statement, and the values it is asked with. */
export interface TraceVariant {
  readonly name: string;
  readonly values: readonly unknown[];
  /** What the trace starts from, by the values or what stands for them. */
  readonly startOf: (...values: readonly never[]) => TraceStart;
}

const variant = <Values extends readonly [unknown, ...unknown[]]>(
  name: string,
  values: Values,
  startOf: (...values: Values) => TraceStart,
): TraceVariant => ({ name: `trace of ${name}`, values, startOf: startOf as never });

/** The form in which an entity is asked for. */
export function variantOf(entity: TracedEntity): TraceVariant {
  switch (entity.type) {
    case 'ticket':
      return variant('a ticket', [entity.name], (name) => ({ type: 'ticket', name }));
    case 'work_item':
      return variant('a work item', [entity.id], (id) => ({ type: 'work_item', id }));
    case 'commit':
      return variant('a commit', [entity.hash], (hash) => ({ type: 'commit', hash }));
    case 'deploy':
      return variant('a deploy', [toUuid(entity.deploy_id)], (id) => ({ type: 'deploy', id }));
    case 'branch':
      return ofBranch(entity);
    case 'pr':
      return ofPr(entity);
  }
}

function ofBranch({ project, ...branch }: Extract<TracedEntity, { type: 'branch' }>): TraceVariant {
  const { type, branch_name: asked } = branch;
  if (project === null) {
    return variant('a branch', [asked], (branch_name) => ({ type, branch_name, project }));
  }
  return 'id' in project
    ? variant('a branch of a project', [asked, project.id], (branch_name, id) => ({
        ...{ type, branch_name, project: { id } },
      }))
    : variant('a branch at an origin', [asked, project.originKeys], (branch_name, originKeys) => ({
        ...{ type, branch_name, project: { originKeys } },
      }));
}

function ofPr(entity: Extract<TracedEntity, { type: 'pr' }>): TraceVariant {
  const { type } = entity;
  if ('pr_url' in entity) {
    return variant('a pull request by its URL', [entity.pr_url], (pr_url) => ({ type, pr_url }));
  }
  const { pr_number: asked, project } = entity;
  if (project === null) {
    return variant('a pull request', [asked], (pr_number) => ({ type, pr_number, project }));
  }
  return 'id' in project
    ? variant('a pull request of a project', [asked, project.id], (pr_number, id) => ({
        ...{ type, pr_number, project: { id } },
      }))
    : variant('a pull request at an origin', [asked, project.originKeys], (pr_number, keys) => ({
        ...{ type, pr_number, project: { originKeys: keys } },
      }));
}
