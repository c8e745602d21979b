import type { Refusal } from '../errors.ts';

/**
 * Ids of the active projects with a name, as of a position or later. Throws `StoreUnavailableError`
 * while the read models cannot be asked, another error while they have not come to the position.
 */
export type FindProjectsNamed = (
  name: string,
  position: bigint | null,
) => Promise<readonly string[]>;

/** The one project that goes by a name, or why there is none: names are not unique. */
export function onlyProject(
  name: string,
  ids: readonly string[],
): { readonly id: string } | { readonly refusal: Refusal } {
  const [id] = ids;
  if (id === undefined) {
    const message = 'No active project has this name; register it, or give project_id';
    return { refusal: { code: 'NOT_FOUND', message, params: { project_name: name } } };
  }
  if (ids.length === 1) return { id };
  const message = 'More than one project has this name; give project_id';
  const params = { project_name: name, project_ids: ids };
  return { refusal: { code: 'CONFLICT', message, params } };
}
