import type { Command } from 'commander';
import { segment } from './api-client.ts';
import { answer, answering, api, type OutputOptions } from './command.ts';
import { say, sayTable, strong } from './output.ts';

type Link = { readonly [field: string]: string | number | null };

interface Trace {
  readonly ambiguous?: boolean;
  readonly chain: { readonly [part: string]: readonly Link[] };
}

/** What is shown of each part of the chain. */
const shown: { readonly [part: string]: readonly string[] } = {
  tickets: ['plane_ticket_id', 'ticket_title', 'ticket_url'],
  work_items: ['id', 'project_name', 'branch_name', 'owner_id', 'status'],
  commits: ['hash', 'message', 'author_name', 'branch_name'],
  prs: ['pr_number', 'pr_state', 'pr_title', 'pr_url'],
  deploys: ['deploy_id', 'environment', 'commit_hash', 'result', 'deployed_at'],
};

/** `imi trace <type> <id>` */
export function addTrace(program: Command): void {
  answering(program, 'trace', 'all that is connected to one thing, from ticket to deploy')
    .argument('<type>', 'ticket, work_item, branch, commit, pr or deploy')
    .argument('<id>', 'such as PROJ-123, owner/repo#42, or the id of a work item')
    .action(async (type: string, id: string, options: OutputOptions) => {
      const trace = await api().get<Trace>(`/trace/${segment(type)}/${segment(id)}`);
      answer(options, trace, () => sayTrace(trace));
    });
}

function sayTrace({ ambiguous, chain }: Trace): void {
  if (ambiguous) say('More than one project has it:');
  const found = Object.entries(shown).filter(([part]) => (chain[part] ?? []).length > 0);
  if (found.length === 0) say('Nothing is linked to it');
  for (const [part, fields] of found) {
    say(strong(part.replace('_', ' ')));
    const heads = fields.map((field) => field.replaceAll('_', ' ').toUpperCase());
    sayTable(
      heads,
      (chain[part] ?? []).map((link) => fields.map((field) => link[field])),
      '',
    );
    say();
  }
}
