import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { answer, answering, api, type OutputOptions } from './command.ts';
import { UsageError } from './failure.ts';
import { findProject, type Page, projectFilter } from './find.ts';
import { say, sayTable } from './output.ts';

interface ProjectOption extends OutputOptions {
  readonly project?: string;
}

interface Component {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly kind: string;
  readonly enabled: boolean;
}

/** What became of the entries of a file: their names, by what was done. */
type Report = { readonly [outcome: string]: unknown };

/** `imi components …` */
export function addComponents(program: Command): void {
  const components = program.command('components').description('what a project is made of');

  answering(components, 'list', 'list components')
    .option('--project <project>', 'of this project: id, remote origin or exact name')
    .action(async ({ project, ...options }: ProjectOption) => {
      const client = api();
      const parent_project_id = await projectFilter(client, project);
      const page = await client.get<Page<Component>>('/components', { parent_project_id });
      answer(options, page, () =>
        sayTable(
          ['ID', 'NAME', 'PATH', 'KIND', 'ENABLED'],
          page.items.map(({ id, name, path, kind, enabled }) => [
            ...[id, name, path, kind, enabled ? 'yes' : 'no'],
          ]),
          'No components',
        ),
      );
    });

  answering(components, 'import', 'bring the components of a project in line with a file')
    .argument('[file]', 'the list of components', 'components.toml')
    .option('--project <project>', 'id, remote origin or exact name; default: that of the checkout')
    .action(async (file: string, { project, ...options }: ProjectOption) => {
      const client = api();
      const toml = await textOf(file);
      const parent = await findProject(client, project);
      const { body } = await client.send<Report>('POST', '/components/import', {
        parent_project_id: parent.id,
        toml,
      });
      answer(options, body, () => sayReport(body));
    });
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function sayReport(report: Report): void {
  for (const outcome of ['created', 'updated', 'unchanged', 'disabled']) {
    const entries = report[outcome];
    if (!Array.isArray(entries)) continue;
    const names = entries.map((entry) => (typeof entry === 'string' ? entry : entry?.name));
    say(`${outcome.padEnd(9)}  ${names.length}${names.length > 0 ? `  ${names.join(', ')}` : ''}`);
  }
}
