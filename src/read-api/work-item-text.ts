import { JsonText } from '../http/json-text.ts';
import type { PrLinkResource } from '../http/schemas/pr-link.ts';
import { type WorkItemResource, workItemResource } from '../http/schemas/work-item.ts';
import { jsonString } from '../http/serialization.ts';
import type { Texts } from '../projections/named-query.ts';
import { parseTimestamp } from '../projections/value-parsers.ts';
import { heardAt, type Standing, silenceBy, standingBy, type Terms } from './standing.ts';

const asItIs = (text: string): string => text;
const quoted = (text: string): string => `"${text}"`;
const boolean = (text: string): string => (text === 't' ? 'true' : 'false');
const time = (text: string): string => `"${parseTimestamp(text)}"`;

/** Its fields as they are shown: JSON of the database has them in another order. */
const worktree = (text: string): string => {
  const { type, name, host }: NonNullable<WorkItemResource['worktree']> = JSON.parse(text);
  return JSON.stringify({ type, name, host });
};

/** How what PostgreSQL writes of each column becomes JSON. */
const columns = {
  ...{ id: quoted, project_id: quoted, project_name: jsonString, remote_origin: jsonString },
  ...{ branch_name: jsonString, work_type: quoted, source_type: quoted, source_ref: jsonString },
  ...{ owner_id: jsonString, worktree_path: jsonString, worktree },
  ...{ has_uncommitted_changes: boolean, uncommitted_files_count: asItIs },
  ...{ ahead_of_trunk: asItIs, behind_trunk: asItIs },
  ...{ last_commit_hash: jsonString, last_commit_message: jsonString },
  ...{ last_sync_at: time, last_activity_at: time, pushed_head_hash: jsonString },
  ...{ pushed_at: time, branch_deleted_at: time, status: quoted, advice: quoted, active: boolean },
  ...{ completed_at: time, completion_type: quoted, completed_by: jsonString },
  ...{ merge_commit_hash: jsonString, metadata: asItIs },
  ...{ created_at: time, updated_at: time, revision: asItIs },
};

type Column = keyof typeof columns;

/** The columns to ask for, in this order; those of links (`linkColumns`) come behind them. */
export const textColumns = Object.keys(columns) as readonly Column[];

type Link = 'tickets' | 'open_prs' | 'ended_prs';

const placeOf = Object.fromEntries(
  [...textColumns, 'tickets', 'open_prs', 'ended_prs'].map((column, place) => [column, place]),
) as Readonly<Record<Column | Link, number>>;

/** What PostgreSQL writes of a column. */
export const textOf = (row: Texts, column: Column | Link): string | null =>
  row[placeOf[column]] ?? null;

/** JSON of a field, from the texts of a row and how the work stands. */
type Field = (row: Texts, standing: Standing) => string;

const fieldOf = (column: Column): Field => {
  const [place, write] = [placeOf[column], columns[column]];
  return (row) => {
    const text = row[place];
    return typeof text === 'string' ? write(text) : 'null';
  };
};

const [sourceType, sourceRef] = [fieldOf('source_type'), fieldOf('source_ref')];

/** Fields that are not a column of their name. */
const made: Readonly<Record<Exclude<keyof WorkItemResource, Column>, Field>> = {
  work_item_id: fieldOf('id'),
  source: (row, standing) =>
    `{"type":${sourceType(row, standing)},"ref":${sourceRef(row, standing)}}`,
  stale: (_row, { stale }) => String(stale),
  stale_reason: (_row, { stale_reason }) => (stale_reason === null ? 'null' : `"${stale_reason}"`),
  safe_to_clean: (_row, { safe_to_clean }) => String(safe_to_clean),
  safe_to_clean_blockers: (_row, { safe_to_clean_blockers: blockers }) =>
    blockers.length === 0 ? '[]' : `["${blockers.join('","')}"]`,
  tickets: (row) => row[placeOf.tickets] ?? '[]',
  open_prs: (row) => row[placeOf.open_prs] ?? '[]',
};

const fields = Object.keys(workItemResource.shape).map((name, index) => ({
  label: `${index === 0 ? '{' : ','}"${name}":`,
  write: name in made ? made[name as keyof typeof made] : fieldOf(name as Column),
}));

/** A work item as the API shows it at some time. */
export interface ShownWork {
  readonly item: WorkItemResource;
  /** When it was last heard of, if how it stands depends on that; and whether that was too long ago. */
  readonly heardAt: string | null;
  readonly isSilent: boolean;
}

/**
 * Shows work items, each from a row of `textColumns` and links: written from text to text, which
 * takes half of what it takes to read every value and write it again.
 */
export function showing(terms: Terms): (row: Texts) => ShownWork {
  const standing = standingBy(terms);
  return (row) => {
    const facts = factsOf(row);
    const stands = standing(facts, reviewsOf(row));
    let text = '';
    for (const { label, write } of fields) text += label + write(row, stands);
    return {
      item: JsonText.of(`${text}}`),
      heardAt: heardAt(facts),
      isSilent: stands.stale_reason === 'silent',
    };
  };
}

/** Whether work items still stand as they were shown. */
export function stillStanding(terms: Terms): (shown: ShownWork) => boolean {
  const isSilent = silenceBy(terms);
  return (shown) => isSilent(shown.heardAt) === shown.isSilent;
}

const factsOf = (row: Texts) => ({
  active: row[placeOf.active] === 't',
  branch_deleted_at: timeOf(row[placeOf.branch_deleted_at]),
  last_activity_at: parseTimestamp(row[placeOf.last_activity_at] ?? ''),
  last_sync_at: timeOf(row[placeOf.last_sync_at]),
  has_uncommitted_changes: row[placeOf.has_uncommitted_changes] === 't',
  last_commit_hash: row[placeOf.last_commit_hash] ?? null,
  merge_commit_hash: row[placeOf.merge_commit_hash] ?? null,
});

const timeOf = (text: string | null | undefined): string | null =>
  typeof text === 'string' ? parseTimestamp(text) : null;

function reviewsOf(row: Texts) {
  const [open, ended] = [row[placeOf.open_prs], row[placeOf.ended_prs]];
  return {
    has_open_prs: typeof open === 'string',
    ended_prs: typeof ended === 'string' ? (JSON.parse(ended) as PrLinkResource[]) : null,
  };
}
