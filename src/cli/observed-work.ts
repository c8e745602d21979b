import type { Command } from 'commander';
import type { ConflictResource } from '../http/schemas/conflict.ts';
import type { UntrackedWorkResource } from '../http/schemas/untracked-work.ts';
import { answer, answering, api, given, type OutputOptions, wholeNumber } from './command.ts';
import { findWork, type Page, projectFilter } from './find.ts';
import { say, sayTable } from './output.ts';

interface ConflictOptions extends OutputOptions {
  readonly project?: string;
  readonly path?: readonly string[];
}

interface UntrackedOptions extends OutputOptions {
  readonly project?: string;
  readonly agent?: string;
  readonly deleted?: true;
  readonly limit: number;
  readonly offset: number;
}

const whose = 'id, remote origin or exact name of the project';

/** `imi work conflicts` and `imi work untracked`: what is seen of work, not what is told. */
export function addObservedWork(work: Command): void {
  answering(work, 'conflicts', 'who else is at the same files, or the same ticket; advice, no lock')
    .argument(
      '[id]',
      'id of the work item; default: the work of the checkout, or --project or --path',
    )
    .option('--project <project>', `${whose}: every two of its work items`)
    .option('--path <path...>', 'files, relative to the root of the repository')
    .action(async (id: string | undefined, { project, path, json }: ConflictOptions) => {
      const client = api();
      const isWhole = id === undefined && (project !== undefined || path !== undefined);
      const { items } = await client.get<{ items: ConflictResource[] }>('/work/conflicts', {
        work_item_id: isWhole ? undefined : (await findWork(client, id)).id,
        project_id: await projectFilter(client, project),
        paths: path?.join(','),
      });
      answer(given({ json }), { items }, () => sayConflicts(items));
    });

  answering(work, 'untracked', 'branches and checkouts that move and that nobody registered')
    .option('--project <project>', whose)
    .option('--agent <agent>', 'where this agent was seen')
    .option('--deleted', 'branches that are gone again too')
    .option('--limit <n>', 'how many', wholeNumber, 50)
    .option('--offset <n>', 'how many to pass over', wholeNumber, 0)
    .action(async ({ project, agent, deleted, limit, offset, json }: UntrackedOptions) => {
      const client = api();
      const page = await client.get<Page<UntrackedWorkResource>>('/work/untracked', {
        ...{ project_id: await projectFilter(client, project), agent_id: agent, limit, offset },
        include: deleted ? 'deleted' : undefined,
      });
      answer(given({ json }), page, () => sayUntracked(page));
    });
}

const sayConflicts = (items: readonly ConflictResource[]): void =>
  sayTable(
    ['ID', 'PROJECT', 'BRANCH', 'OWNER', 'STATUS', 'SINCE', 'SHARED'],
    items.map((item) => [
      ...[item.work_item_id, item.project_name, item.branch_name, item.owner_id, item.status],
      ...[item.since, sharedOf(item)],
    ]),
    'No conflicts',
  );

const shownShares = 3;

function sharedOf({ files, tickets, file_count }: ConflictResource): string {
  const shares = [...tickets.map((it) => it.plane_ticket_id), ...files.map((it) => it.path)];
  const more = tickets.length + file_count - Math.min(shares.length, shownShares);
  return [...shares.slice(0, shownShares), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

function sayUntracked({ items, total }: Page<UntrackedWorkResource>): void {
  sayTable(
    ['REPOSITORY', 'BRANCH', 'CHECKOUT', 'AGENTS', 'COMMITS', 'PRS', 'LAST ACTIVITY'],
    items.map((item) => [
      ...[item.project_name ?? item.remote_origin, item.branch_name, item.worktree_path],
      ...[item.agent_ids.join(', '), item.commit_count],
      ...[item.prs.map(({ pr_number }) => `#${pr_number}`).join(' '), item.last_activity_at],
    ]),
    'Nothing moves that is not registered',
  );
  if (items.length < total) say(`${items.length} of ${total}; see --limit and --offset`);
}
