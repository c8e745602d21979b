import type { Command } from 'commander';
import type { TicketLinkResource } from '../http/schemas/ticket-link.ts';
import { answer, answering, api, given, type OutputOptions } from './command.ts';
import { findWork } from './find.ts';
import { say } from './output.ts';

interface TicketOptions extends OutputOptions {
  readonly title?: string;
  readonly url?: string;
}

/** `imi link …` */
export function addLink(program: Command): void {
  const link = program.command('link').description('what work is linked to');

  answering(link, 'ticket', 'link work to a ticket')
    .argument('<ticket>', 'such as PROJ-123')
    .argument('[work-item]', 'id; without it, the active work on the branch of the checkout')
    .option('--title <title>', 'title of the ticket')
    .option('--url <url>', 'where the ticket is')
    .action(async (ticket: string, id: string | undefined, options: TicketOptions) => {
      const client = api();
      const item = await findWork(client, id);
      const { status, body } = await client.send<TicketLinkResource>('POST', '/links/ticket', {
        work_item_id: item.id,
        plane_ticket_id: ticket,
        ...given({ ticket_title: options.title, ticket_url: options.url }),
      });
      answer(options, body, () => {
        const done = status === 201 ? 'Linked' : 'Linked already:';
        say(`${done} ${body.plane_ticket_id} to ${item.branch_name} (${item.id})`);
      });
    });
}
