import { toUuid } from '../events/ids.ts';
import type { JsonSchema } from './json-schema.ts';

const time = '2026-01-21T14:30:22.000Z';
const hash = 'b6f0c1d2e3a4958677f8e9d0c1b2a39485f6e7d8';

/** What fields of these names hold in examples, so that an example reads like one story. */
const values: { readonly [name: string]: unknown } = {
  ahead_of_trunk: 2,
  app: 'flume',
  behind_trunk: 0,
  branch_name: 'feature/PROJ-123-login',
  command: 'start_work',
  completed_by: 'agent-7',
  default_branch: 'main',
  description: 'The widget service',
  environment: 'production',
  has_uncommitted_changes: true,
  host: 'build-1',
  issued_by: 'orchestrator',
  last_commit_message: 'Let people log in',
  merged_by: 'agent-7',
  name: 'widget',
  owner_id: 'agent-7',
  plane_ticket_id: 'PROJ-123',
  position: '4711',
  pr_number: 42,
  pr_title: 'Let people log in',
  pr_url: 'https://github.com/acme/widget/pull/42',
  previous_position: '4690',
  project_name: 'widget',
  ref: 'PROJ-123',
  remote_origin: 'git@github.com:acme/widget.git',
  target_agent: 'imi',
  ticket_title: 'People can log in',
  ticket_url: 'https://plane.example.com/acme/PROJ-123',
  trunk_path: '/home/agent/code/widget/trunk-main',
  uncommitted_files_count: 3,
  version: '1.0.0',
  ttl_ms: 60_000,
  worktree_path: '/home/agent/code/widget/feature-login',
};

/**
 * A value that fits the schema, the same for the same schema, every optional field included.
 * Throws when a text must have a form that is not known here; the schema then brings an example of
 * its own: `.meta({ examples: [...] })`.
 */
export function exampleOf(schema: JsonSchema, name = 'value'): unknown {
  const [given] = [...listAt(schema, 'examples'), ...listAt(schema, 'enum')];
  if (given !== undefined) return given;
  if ('const' in schema) return schema.const;
  const variants = [...listAt(schema, 'anyOf'), ...listAt(schema, 'oneOf')] as JsonSchema[];
  const variant = variants.find(({ type }) => type !== 'null');
  if (variant !== undefined) return exampleOf(variant, name);
  switch ([schema.type].flat().find((type) => type !== 'null')) {
    case 'object':
      return objectOf(schema);
    case 'array':
      return schema.items ? [exampleOf(schema.items as JsonSchema, name.replace(/s$/, ''))] : [];
    case 'string':
      return textOf(schema, name);
    case 'integer':
    case 'number':
      return numberOf(schema, name);
    case 'boolean':
      return values[name] === true;
    default:
      return schema.type === 'null' ? null : {};
  }
}

const listAt = (schema: JsonSchema, keyword: string): readonly unknown[] =>
  Array.isArray(schema[keyword]) ? schema[keyword] : [];

function objectOf({ properties = {} }: JsonSchema): unknown {
  const fields = Object.entries(properties as { [name: string]: JsonSchema });
  return Object.fromEntries(fields.map(([name, field]) => [name, exampleOf(field, name)]));
}

function numberOf(schema: JsonSchema, name: string): number {
  const minimum = typeof schema.minimum === 'number' ? schema.minimum : 1;
  const value = values[name];
  return typeof value === 'number' && value >= minimum ? value : Math.max(1, minimum);
}

const formats: { readonly [format: string]: string } = {
  'date-time': time,
  date: time.slice(0, 10),
  uri: 'https://example.com/1',
};

function textOf(schema: JsonSchema, name: string): string {
  const { format, pattern, minLength = 0, maxLength = Infinity } = schema;
  const uuid = toUuid(`example ${name}`);
  const candidates = [
    values[name],
    ...(format === 'uuid' ? [uuid] : []),
    formats[String(format)],
    ...(/(_id|Id|_key|Key)s?$/.test(name) ? [uuid] : []),
    ...(/(^|_)(at|since|timestamp)$/.test(name) ? [time] : []),
    ...(/(hash|sha|commit)s?$/.test(name) ? [hash] : []),
    name.replaceAll('_', ' '),
    ...['1', hash, 'a'],
  ];
  const fits = (value: unknown): value is string =>
    typeof value === 'string' &&
    value.length >= Number(minLength) &&
    value.length <= Number(maxLength) &&
    (typeof pattern !== 'string' || new RegExp(pattern, 'u').test(value));
  const found = candidates.find(fits);
  if (found === undefined) {
    throw new Error(`No example for ${name}: give its schema one with .meta({ examples: [...] })`);
  }
  return found;
}
