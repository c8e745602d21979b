import type { Command } from 'commander';
import type { ProjectResource } from '../http/schemas/project.ts';
import {
  answer,
  answering,
  api,
  given,
  jsonObject,
  type OutputOptions,
  wholeNumber,
  withAsOf,
} from './command.ts';
import { findProject, originHere, type Page } from './find.ts';
import { defaultBranch } from './git-checkout.ts';
import { say, sayFields, sayTable } from './output.ts';

interface ListOptions extends OutputOptions {
  readonly all?: true;
  readonly search?: string;
  readonly asOf?: string;
  readonly limit: number;
  readonly offset: number;
}

interface GetOptions extends OutputOptions {
  readonly asOf?: string;
}

interface FieldOptions extends OutputOptions {
  readonly name?: string;
  readonly origin?: string;
  readonly defaultBranch?: string;
  readonly trunkPath?: string;
  readonly description?: string;
  readonly metadata?: object;
}

const named = 'id, remote origin or exact name; without it, the project of the current checkout';

/** `imi projects …` */
export function addProjects(program: Command): void {
  const projects = program.command('projects').description('which repositories exist');

  withAsOf(answering(projects, 'list', 'list or search projects'))
    .option('--search <text>', 'in name or origin, the most similar first')
    .option('--all', 'inactive ones too')
    .option('--limit <n>', 'how many', wholeNumber, 50)
    .option('--offset <n>', 'how many to pass over', wholeNumber, 0)
    .action(async ({ search, all, limit, offset, asOf, ...options }: ListOptions) => {
      const page = await api().get<Page<ProjectResource>>('/projects', {
        ...{ search, limit, offset, active: all ? 'all' : undefined, as_of: asOf },
      });
      answer(options, page, () => sayProjects(page));
    });

  withFields(answering(projects, 'register', 'register a repository, or bring it back'))
    .argument('[name]', 'default: the name of the repository in its origin')
    .option('--origin <origin>', 'remote origin; default: that of the current checkout')
    .action(async (name: string | undefined, options: FieldOptions) => {
      const remote_origin = options.origin ?? (await originHere('give --origin'));
      const here = options.origin === undefined ? await defaultBranch() : undefined;
      const { status, body } = await api().send<ProjectResource>('POST', '/projects', {
        default_branch: here ?? undefined,
        ...fieldsOf(options),
        name: name ?? nameIn(remote_origin),
        remote_origin,
      });
      answer(options, body, () => {
        say(status === 201 ? 'Registered' : 'Registered already');
        sayProject(body);
      });
    });

  withAsOf(answering(projects, 'get', 'show a project'))
    .argument('[project]', named)
    .action(async (project: string | undefined, { asOf, ...options }: GetOptions) => {
      const found = await findProject(api(), project, asOf);
      answer(options, found, () => sayProject(found));
    });

  withFields(answering(projects, 'update', 'change a project'))
    .argument('[project]', named)
    .option('--name <name>', 'new name')
    .action(async (project: string | undefined, options: FieldOptions) => {
      const client = api();
      const { id } = await findProject(client, project);
      const fields = { ...fieldsOf(options), ...given({ name: options.name }) };
      const { body } = await client.send<ProjectResource>('PATCH', `/projects/${id}`, fields);
      answer(options, body, () => sayProject(body));
    });

  answering(projects, 'deactivate', 'deactivate a project; its active work ends as abandoned')
    .argument('<project>', 'id, remote origin or exact name')
    .action(async (project: string, options: OutputOptions) => {
      const client = api();
      const { id, name } = await findProject(client, project);
      await client.send('DELETE', `/projects/${id}`);
      answer(options, { id, active: false }, () => say(`Deactivated ${name} (${id})`));
    });
}

const withFields = (command: Command): Command =>
  command
    .option('--default-branch <branch>', 'its trunk')
    .option('--trunk-path <path>', 'where the trunk is checked out')
    .option('--description <text>', 'what it is')
    .option('--metadata <json>', 'a JSON object; merged into what there is', jsonObject);

const fieldsOf = ({
  defaultBranch: default_branch,
  trunkPath,
  description,
  metadata,
}: FieldOptions) => given({ default_branch, trunk_path: trunkPath, description, metadata });

const nameIn = (origin: string): string =>
  origin
    .replace(/\/+$/, '')
    .replace(/\.git$/i, '')
    .split(/[/:]/)
    .at(-1) ?? origin;

function sayProjects({ items, total }: Page<ProjectResource>): void {
  sayTable(
    ['ID', 'NAME', 'ORIGIN', 'TRUNK', 'WORK', 'IN FLIGHT', 'ACTIVE'],
    items.map((project) => [
      ...[project.id, project.name, project.remote_origin, project.default_branch],
      ...[project.active_work_items, project.inflight_work_items, project.active ? 'yes' : 'no'],
    ]),
    'No projects',
  );
  if (items.length < total) say(`${items.length} of ${total}; see --limit and --offset`);
}

const sayProject = (project: ProjectResource): void =>
  sayFields({
    id: project.id,
    name: project.name,
    origin: project.remote_origin,
    trunk: `${project.default_branch} in ${project.trunk_path}`,
    description: project.description,
    metadata: JSON.stringify(project.metadata),
    work: `${project.active_work_items} active, ${project.inflight_work_items} in flight`,
    active: project.active ? 'yes' : 'no',
  });
