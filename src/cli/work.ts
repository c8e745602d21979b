import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { completionTypes, workTypes } from '../events/work-item.ts';
import type { WorkItemResource } from '../http/schemas/work-item.ts';
import {
  answer,
  answering,
  api,
  given,
  type OutputOptions,
  wholeNumber,
  withAsOf,
} from './command.ts';
import { UsageError } from './failure.ts';
import { branchHere, findProject, findWork, type Page, projectFilter } from './find.ts';
import { checkoutRoot, measureState } from './git-checkout.ts';
import { addObservedWork } from './observed-work.ts';
import { say, sayFields, sayTable } from './output.ts';

interface ListOptions extends OutputOptions {
  readonly project?: string;
  readonly owner?: string;
  readonly type?: string;
  readonly status?: string;
  readonly active?: true;
  readonly clean?: true;
  readonly asOf?: string;
  readonly limit: number;
  readonly offset: number;
}

interface StartOptions extends OutputOptions {
  readonly project?: string;
  readonly type?: string;
  readonly owner: string;
  readonly ticket?: string;
  readonly path?: string;
}

interface StateOptions extends OutputOptions {
  readonly uncommitted?: number;
  readonly ahead?: number;
  readonly behind?: number;
}

interface CompleteOptions extends OutputOptions {
  readonly as: string;
  readonly mergeCommit?: string;
  readonly by?: string;
  readonly reason?: string;
}

const whose = 'id, remote origin or exact name of the project';
const which = 'id of the work item; without it, the active work on the branch of the checkout';

/** `imi work …` */
export function addWork(program: Command): void {
  const work = program.command('work').description('what is happening on which branch');

  withPaging(answering(work, 'list', 'list work items'))
    .addOption(new Option('--type <type>', 'of this type').choices(workTypes))
    .option('--status <status>', 'in this state, such as ahead or merged')
    .option('--active', 'not completed')
    .action(async ({ project, owner, type, status, active, asOf, ...rest }: ListOptions) => {
      const { limit, offset, json } = rest;
      const client = api();
      const page = await client.get<Page<WorkItemResource>>('/work', {
        ...{ project_id: await projectFilter(client, project), owner_id: owner },
        ...{ work_type: type, status, active: active ? 'true' : undefined, limit, offset },
        as_of: asOf,
      });
      answer(given({ json }), page, () => sayWork(page));
    });

  withPaging(answering(work, 'inflight', 'active work that is not clean, with advice'))
    .option('--clean', 'clean work too')
    .action(async ({ project, owner, clean, limit, offset, asOf, json }: ListOptions) => {
      const client = api();
      const page = await client.get<Page<WorkItemResource>>('/work/inflight', {
        ...{ project_id: await projectFilter(client, project), owner_id: owner },
        ...{ include: clean ? 'clean' : undefined, limit, offset, as_of: asOf },
      });
      answer(given({ json }), page, () => sayWork(page));
    });

  answering(work, 'start', 'start work on a branch')
    .argument('[branch]', 'default: the branch of the current checkout')
    .option('--project <project>', `${whose}; default: that of the current checkout`)
    .addOption(
      new Option('--type <type>', 'default: what the branch begins with, else feature').choices(
        workTypes,
      ),
    )
    .option('--owner <owner>', 'who works on it', userInfo().username)
    .option('--ticket <ticket>', 'the ticket it is for, such as PROJ-123')
    .option('--path <path>', 'where it is checked out; default: here, if the branch is from here')
    .action(async (named: string | undefined, options: StartOptions) => {
      const client = api();
      const branch = named ?? (await branchHere());
      const here = named === undefined ? await checkoutRoot() : null;
      const { body } = await client.send<WorkItemResource>('POST', '/work', {
        project_id: (await findProject(client, options.project)).id,
        branch_name: branch,
        work_type: options.type ?? typeIn(branch),
        owner_id: options.owner,
        ...given({ worktree_path: options.path ?? here }),
        ...(options.ticket !== undefined && {
          source: { type: 'plane_ticket', ref: options.ticket },
        }),
      });
      answer(options, body, () => sayItem(body));
    });

  answering(work, 'get', 'show a work item')
    .argument('[id]', which)
    .action(async (id: string | undefined, options: OutputOptions) => {
      const item = await findWork(api(), id);
      answer(options, item, () => sayItem(item));
    });

  answering(work, 'git-state', 'tell the git state of work; without options, as the checkout is')
    .argument('[id]', which)
    .option('--uncommitted <n>', 'files with uncommitted changes', wholeNumber)
    .option('--ahead <n>', 'commits ahead of the trunk', wholeNumber)
    .option('--behind <n>', 'commits behind the trunk', wholeNumber)
    .action(async (id: string | undefined, options: StateOptions) => {
      const client = api();
      const item = await findWork(client, id);
      const path = `/work/${item.id}/git-state`;
      const { body } = await client.send<WorkItemResource>(
        'PATCH',
        path,
        told(options) ?? (await measured(item)),
      );
      answer(options, body, () => sayItem(body));
    });

  answering(work, 'complete', 'end work')
    .argument('[id]', which)
    .addOption(
      new Option('--as <end>', 'how it ended').choices(completionTypes).makeOptionMandatory(),
    )
    .option('--merge-commit <hash>', 'the commit it was merged as')
    .option('--by <name>', 'who merged it')
    .option('--reason <text>', 'why')
    .action(async (id: string | undefined, options: CompleteOptions) => {
      const client = api();
      const item = await findWork(client, id);
      const { body } = await client.send<WorkItemResource>('POST', `/work/${item.id}/complete`, {
        completion_type: options.as,
        ...given({
          merge_commit_hash: options.mergeCommit,
          merged_by: options.by,
          reason: options.reason,
        }),
      });
      answer(options, body, () => sayItem(body));
    });

  addObservedWork(work);
}

const withPaging = (command: Command): Command =>
  withAsOf(command)
    .option('--project <project>', whose)
    .option('--owner <owner>', 'of this owner')
    .option('--limit <n>', 'how many', wholeNumber, 50)
    .option('--offset <n>', 'how many to pass over', wholeNumber, 0);

/** What a branch is for, by its first word. */
function typeIn(branch: string): string {
  const [word = ''] = branch.split(/[/-]/);
  if (word === 'pr') return 'review';
  return workTypes.find((type) => type === word) ?? 'feature';
}

function told({ uncommitted, ahead, behind }: StateOptions): object | null {
  const state = given({
    uncommitted_files_count: uncommitted,
    ahead_of_trunk: ahead,
    behind_trunk: behind,
  });
  return Object.keys(state).length === 0 ? null : state;
}

/** The state of the checkout, which must be one of this very work. */
async function measured(item: WorkItemResource): Promise<object> {
  if ((await branchHere()) !== item.branch_name) {
    throw new UsageError(
      `The checkout is not on ${item.branch_name}; give the state with options.`,
    );
  }
  const { default_branch } = await findProject(api(), item.project_id);
  const state = await measureState(default_branch);
  if (state === null) throw new UsageError('Here is no git checkout; give the state with options.');
  return state;
}

function sayWork({ items, total }: Page<WorkItemResource>): void {
  sayTable(
    ['ID', 'PROJECT', 'BRANCH', 'TYPE', 'OWNER', 'STATUS', 'ADVICE', 'TICKETS'],
    items.map((item) => [
      ...[item.id, item.project_name, item.branch_name, item.work_type, item.owner_id],
      ...[item.status, item.advice, ticketsOf(item)],
    ]),
    'No work',
  );
  if (items.length < total) say(`${items.length} of ${total}; see --limit and --offset`);
}

const ticketsOf = ({ tickets }: WorkItemResource): string =>
  tickets.map((link) => link.plane_ticket_id).join(', ');

const sayItem = (item: WorkItemResource): void =>
  sayFields({
    id: item.id,
    project: `${item.project_name} (${item.project_id})`,
    branch: item.branch_name,
    type: item.work_type,
    owner: item.owner_id,
    status: `${item.status} (${item.advice})`,
    ahead: item.ahead_of_trunk,
    behind: item.behind_trunk,
    uncommitted: item.uncommitted_files_count ?? 'some',
    tickets: ticketsOf(item),
    path: item.worktree_path,
    completed: item.completed_at,
    stale: item.stale_reason ?? 'no',
    'safe to clean': item.safe_to_clean ? 'yes' : `no: ${item.safe_to_clean_blockers.join(', ')}`,
  });
