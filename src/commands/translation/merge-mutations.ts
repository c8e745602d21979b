import { maxPaths } from '../work-item-activity-schemas.ts';
import type { Observation } from './observation.ts';

/** Observations of tool mutations at one place, at least one, as one: all their files, the latest time. */
export function mergeMutations(observations: readonly Observation[]): Observation {
  const [first, ...others] = observations;
  if (first === undefined) throw new Error('There is nothing to merge');
  if (others.length === 0) return first;
  const paths = new Set<string>();
  let { at } = first;
  for (const { what, at: told } of observations) {
    if (what.kind !== 'tool_mutation') throw new Error(`A ${what.kind} is no tool mutation`);
    for (const path of what.paths) paths.add(path);
    if (told !== undefined && (at === undefined || told > at)) at = told;
  }
  return {
    ...first,
    ...(at !== undefined && { at }),
    what: { kind: 'tool_mutation', paths: [...paths].slice(0, maxPaths) },
  };
}
