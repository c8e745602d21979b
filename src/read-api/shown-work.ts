import { JsonText } from '../http/json-text.ts';
import type { WorkItemResource } from '../http/schemas/work-item.ts';
import type { Texts } from '../projections/named-query.ts';
import { silentSince, type Terms } from './standing.ts';
import { heardOf, workItemTextBy } from './work-item-text.ts';

/** A work item as the API shows it at some time. */
export interface ShownWork {
  readonly item: WorkItemResource;
  /** When it was last heard of, if how it stands depends on that; and whether that was too long ago. */
  readonly heardAt: string | null;
  readonly isSilent: boolean;
}

/** Shows work items, each from a row of `textColumns` and links. */
export function showing(terms: Terms): (row: Texts) => ShownWork {
  const [write, since] = [workItemTextBy(terms), silentSince(terms)];
  return (row) => {
    const heardAt = heardOf(row);
    return { item: JsonText.of(write(row)), heardAt, isSilent: isSilent(heardAt, since) };
  };
}

/** Whether work items still stand as they were shown. */
export function stillStanding(terms: Terms): (shown: ShownWork) => boolean {
  const since = silentSince(terms);
  return (shown) => isSilent(shown.heardAt, since) === shown.isSilent;
}

const isSilent = (heardAt: string | null, since: string): boolean =>
  heardAt !== null && heardAt < since;
