import { MAX, NIL, parse, validate } from 'uuid';
import { nameUuid } from '../name-uuid.ts';
import type { JsonObject } from './event-store.ts';

// Fixed for ever: every derived id in every history depends on it.
const namespace = parse('6f2a9c1e-6d0b-5b0e-9a53-3b1f0e5c7a41');

const derive = (kind: string, ...parts: readonly string[]): string =>
  nameUuid(JSON.stringify([kind, ...parts]), namespace);

/** Id of the project with this canonical origin, the same on every host (spec/domain.md, "Project"). */
export const projectIdOf = (originKey: string): string => derive('project', originKey);

/** Id of the work item that a `start_work` command creates. */
export const workItemIdOf = (commandId: string): string => derive('work_item', commandId);

export const ticketLinkIdOf = (workItemId: string, ticketId: string): string =>
  derive('ticket_link', workItemId, ticketId);

/** Id of a pull request's link, and the key that keeps its number to one work item. */
export const prLinkIdOf = (projectId: string, prNumber: number): string =>
  derive('pr_link', projectId, String(prNumber));

/** Id of the row of a commit in the read models. */
export const commitIdOf = (workItemId: string, hash: string): string =>
  derive('commit', workItemId, hash);

/** Id of the row of something that a deploy names, a commit or a work item. */
export const deployPartIdOf = (deployId: string, part: string): string =>
  derive('deploy_part', deployId, part);

/** Id of the component with this name in a project, the same on every host. */
export const componentIdOf = (parentProjectId: string, name: string): string =>
  derive('component', parentProjectId, name);

export const relationshipIdOf = (sourceId: string, targetId: string, type: string): string =>
  derive('component_relationship', sourceId, targetId, type);

/**
 * Id of what a command writes at a place. The content is part of it: the same attempt sent again is
 * a repetition to the store, while an attempt that was decided otherwise, by another process, is
 * not and conflicts, so that nobody answers with what the stream does not hold.
 */
export const eventIdOf = (
  commandId: string,
  place: number | string,
  content: JsonObject,
  occurredAt: string,
): string => derive('event', commandId, String(place), JSON.stringify(content), occurredAt);

/** Id of one of the commands that an import makes. */
export const importedCommandIdOf = (importId: string, subject: string): string =>
  derive('import', importId, subject);

/** Id of the message that says of an event what another vocabulary calls it. */
export const sayingIdOf = (eventId: string, type: string): string =>
  derive('saying', eventId, type);

/** Id of the command with which a policy reacts to an event. */
export const reactionIdOf = (policy: string, eventId: string, subject = ''): string =>
  derive('reaction', policy, eventId, subject);

/**
 * Id of the command that tells of one change at a vendor's, the same however often the change is
 * delivered and whatever the delivery is called.
 */
export const observationIdOf = (...change: readonly string[]): string =>
  derive('observation', ...change);

/** Id of the message that answers a command under a routing key, the same however often it is sent. */
export const answerIdOf = (commandId: string, routingKey: string): string =>
  derive('answer', commandId, routingKey);

/** Id of a branch on which something moves that nobody registered. */
export const untrackedBranchIdOf = (originKey: string, branchName: string): string =>
  derive('untracked_branch', originKey, branchName);

/** Id of a checkout, of no known branch of a repository, in which something moves. */
export const untrackedCheckoutIdOf = (host: string | undefined, path: string): string =>
  derive('untracked_checkout', host ?? '', path);

/** Id of the row of a file that a work item touches in the read models. */
export const touchedFileIdOf = (workItemId: string, path: string): string =>
  derive('touched_file', workItemId, path);

export const branchKeyOf = (projectId: string, branchName: string): string =>
  derive('branch', projectId, branchName);

export const componentKeyOf = (parentProjectId: string, name: string): string =>
  derive('component_name', parentProjectId, name);

export const originKeyOf = (originKey: string): string => derive('origin', originKey);

/**
 * An id as a UUID: itself in lower case when it is one, else mapped with UUIDv5. So are the UUIDs of
 * all zeros and all ones: they stand for none and for any, and consumers refuse them as ids.
 */
export function toUuid(id: string): string {
  const lower = id.toLowerCase();
  return validate(id) && lower !== NIL && lower !== MAX ? lower : derive('foreign', id);
}
