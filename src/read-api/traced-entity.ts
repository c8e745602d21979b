import { parseRepository } from '../events/remote-origin.ts';
import { uuid } from '../http/schemas/fields.ts';
import type { TracedType } from '../http/schemas/trace.ts';

/** A project by its id, or by the keys its origin may have. */
export type TracedProject = { readonly id: string } | { readonly originKeys: readonly string[] };

/** What a trace starts from, as its name says. */
export type TracedEntity =
  | { readonly type: 'ticket'; readonly name: string }
  | { readonly type: 'work_item'; readonly id: string }
  | {
      readonly type: 'branch';
      readonly project: TracedProject | null;
      readonly branch_name: string;
    }
  | { readonly type: 'commit'; readonly hash: string }
  | { readonly type: 'pr'; readonly pr_number: number; readonly project: TracedProject | null }
  | { readonly type: 'pr'; readonly pr_url: string }
  | { readonly type: 'deploy'; readonly deploy_id: string };

/** The forms that the id of each kind of entity may have, for the error that says so. */
export const entityForms: { readonly [type in TracedType]: string } = {
  ticket: 'the id of a ticket',
  work_item: 'the id of a work item, a UUID',
  branch: 'owner/repo@branch, {project_id}:branch or the name of a branch',
  commit: 'a commit hash of 7 to 64 hexadecimal digits',
  pr: "owner/repo#42, a pull request's URL, {project_id}:42 or 42",
  deploy: 'the id of a deploy',
};

/** Reads what a trace shall start from; null when the name has none of the forms of its kind. */
export function parseTracedEntity(
  type: TracedType,
  id: string,
  remoteHosts: readonly string[],
): TracedEntity | null {
  switch (type) {
    case 'ticket':
      return { type, name: id };
    case 'deploy':
      return { type, deploy_id: id };
    case 'work_item': {
      const parsed = uuid.safeParse(id);
      return parsed.success ? { type, id: parsed.data } : null;
    }
    case 'commit':
      return /^[0-9a-f]{7,64}$/i.test(id) ? { type, hash: id.toLowerCase() } : null;
    case 'branch': {
      const { owner, rest } = split(id, '@');
      if (rest === '') return null;
      if (owner === undefined) return { type, project: null, branch_name: rest };
      const project = projectOf(owner, remoteHosts);
      return project && { type, project, branch_name: rest };
    }
    case 'pr':
      return pullRequest(id, remoteHosts);
  }
}

const prUrl = /^(https?:\/\/[^/\s]+\/[^/\s]+\/[^/\s]+)\/pull\/(\d+)(?:[/?#].*)?$/i;

function pullRequest(id: string, remoteHosts: readonly string[]): TracedEntity | null {
  if (/^https?:\/\//i.test(id)) {
    const [, repository = '', digits] = prUrl.exec(id) ?? [];
    const pr_number = prNumber(digits);
    const project = projectOf(repository, remoteHosts);
    return pr_number && project ? { type: 'pr', pr_number, project } : { type: 'pr', pr_url: id };
  }
  const { owner, rest } = split(id, '#');
  const pr_number = prNumber(rest);
  if (pr_number === null) return null;
  if (owner === undefined) return { type: 'pr', pr_number, project: null };
  const project = projectOf(owner, remoteHosts);
  return project && { type: 'pr', pr_number, project };
}

/** `{project_id}:rest`, else at the first mark; without either all of it is the rest. */
function split(text: string, mark: string): { readonly owner?: string; readonly rest: string } {
  const at =
    uuid.safeParse(text.slice(0, 36)).success && text[36] === ':' ? 36 : text.indexOf(mark);
  return at <= 0
    ? { rest: text.slice(at + 1) }
    : { owner: text.slice(0, at), rest: text.slice(at + 1) };
}

function projectOf(text: string, remoteHosts: readonly string[]): TracedProject | null {
  const id = uuid.safeParse(text);
  if (id.success) return { id: id.data };
  const originKeys = parseRepository(text, remoteHosts).map(({ key }) => key);
  return originKeys.length > 0 ? { originKeys } : null;
}

function prNumber(digits = ''): number | null {
  const number = /^\d{1,10}$/.test(digits) ? Number(digits) : 0;
  return number > 0 && number <= 2_147_483_647 ? number : null;
}
