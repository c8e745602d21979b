import type { InboundMessage } from '../../bloodbank/envelope-in.ts';
import { isObject } from '../../bloodbank/json-body.ts';
import { MalformedMessageError } from '../../bloodbank/malformed.ts';
import type { JsonObject } from '../../events/event-store.ts';
import { observationIdOf } from '../../events/ids.ts';
import { maxTitleText } from '../fields.ts';
import { projectIdentifier, ticketKey } from '../ticket-schemas.ts';
import { translateGithub } from './github.ts';
import { recognise, ticketNames } from './recognise.ts';
import { type Directed, ignored, type Translation, translated } from './translation.ts';
import {
  given,
  requiredUuid,
  vendorText,
  vendorTime,
  vendorUrl,
  vendorUuid,
} from './vendor-fields.ts';

/** Whether ticket keys begin with this identifier. */
export type IsTicketIdentifier = (identifier: string) => boolean;

const maxState = 200;
const maxSequence = 999_999_999;

/**
 * What a message of `plane.ticket.*` or `webhook.plane.#` means (spec/bloodbank.md, "What the events
 * we consume look like"). One door takes in the webhooks of every vendor, so GitHub's come here too.
 * Pure: the same message means the same. Throws `MalformedMessageError` for a body that says it is
 * Plane's and has no id to go by, or GitHub's without what it is about.
 */
export function translatePlane(message: InboundMessage, isKnown: IsTicketIdentifier): Translation {
  const recognised = recognise(message.payload);
  switch (recognised.kind) {
    case 'plane_webhook':
      return webhook(recognised.body, message, isKnown);
    case 'ticket_notice':
      return notice(recognised.body, message, isKnown);
    case 'github':
      return translateGithub(recognised.body, message);
    case 'unknown':
      return ignored('unknown_shape');
  }
}

function webhook(body: JsonObject, message: InboundMessage, isKnown: IsTicketIdentifier): Directed {
  const { event, data } = body;
  if (!isObject(data)) throw new MalformedMessageError('bad_event', 'data is not an object');
  switch (String(event).toLowerCase()) {
    case 'issue':
    case 'ticket':
    case 'work_item':
      return issue(body, data, message, isKnown);
    case 'project':
      return project(data, message);
    default:
      return ignored('plane_event_not_kept');
  }
}

function issue(
  { action, activity }: JsonObject,
  data: JsonObject,
  message: InboundMessage,
  isKnown: IsTicketIdentifier,
): Directed {
  const id = requiredUuid(data, 'id');
  const deleted = saysDeleted(action);
  const { field, new_value } = isObject(activity) ? activity : {};
  const change = [deleted ? 'deleted' : field, new_value].map((part) =>
    JSON.stringify(part ?? null),
  );
  return translated({
    name: 'observe_ticket',
    id: changeIdOf(message, data, id, ...change),
    body: given({
      plane_ticket_id: keyOf(data, isKnown),
      plane_issue_id: id,
      plane_project_id: vendorUuid(data.project ?? data.project_id ?? data.project_detail),
      sequence_id: sequenceOf(data),
      ...factsOf(data),
      plane_updated_at: vendorTime(data.updated_at),
      deleted: deleted || undefined,
    }),
  });
}

/** `{ticket_id: "PROJ-123", status}`, or whatever else names a ticket by itself. */
function notice(body: JsonObject, message: InboundMessage, isKnown: IsTicketIdentifier): Directed {
  const named = ticketNames.map((name) => body[name]).find((value) => value != null);
  if (typeof named !== 'string') {
    throw new MalformedMessageError('bad_event', 'the name of the ticket is not a text');
  }
  const plane_issue_id = vendorUuid(named.trim()) ?? vendorUuid(body.id);
  const plane_ticket_id = knownKey(named, isKnown);
  if (plane_ticket_id === undefined && plane_issue_id === undefined) return ignored('no_ticket');
  return translated({
    name: 'observe_ticket',
    id: message.commandId,
    body: given({
      plane_ticket_id,
      plane_issue_id,
      plane_project_id: vendorUuid(body.project ?? body.project_id),
      sequence_id: sequenceOf(body),
      ...factsOf(body),
      plane_updated_at: vendorTime(body.updated_at),
      deleted: saysDeleted(body.action) || saysDeleted(message.type) || undefined,
    }),
  });
}

function project(data: JsonObject, message: InboundMessage): Directed {
  const plane_project_id = requiredUuid(data, 'id');
  const identifier = projectIdentifier.safeParse(data.identifier).data;
  if (identifier === undefined) return ignored('no_identifier');
  const plane_project_name = vendorText(data.name, maxState);
  return translated({
    name: 'observe_plane_project',
    id: changeIdOf(message, data, plane_project_id, identifier, plane_project_name ?? ''),
    body: given({ plane_project_id, identifier, plane_project_name }),
  });
}

/**
 * One delivery comes per changed field, again per attempt, under ever new names: it is the same
 * change when Plane dates it the same. Only what is not dated goes by the name of its message.
 */
const changeIdOf = (
  { commandId }: InboundMessage,
  { updated_at }: JsonObject,
  ...change: readonly string[]
): string =>
  typeof updated_at === 'string' ? observationIdOf('plane', updated_at, ...change) : commandId;

function factsOf(data: JsonObject): JsonObject {
  const state = data.state ?? data.state_detail ?? data.status;
  const { name, group } = isObject(state) ? state : { name: state, group: undefined };
  return {
    ticket_title: vendorText(data.name ?? data.title ?? data.ticket_title, maxTitleText),
    ticket_url: vendorUrl(data.url ?? data.ticket_url ?? data.html_url),
    // Some versions of Plane give the id of the state alone, which tells nobody anything.
    ticket_state: vendorUuid(name) === undefined ? vendorText(name, maxState) : undefined,
    ticket_state_group: vendorText(group, maxState),
  };
}

function sequenceOf({ sequence_id: sequence }: JsonObject): number | undefined {
  const isOne = Number.isInteger(sequence) && Number(sequence) > 0;
  return isOne && Number(sequence) <= maxSequence ? Number(sequence) : undefined;
}

/** The key of an issue whose body has it, or has the identifier of its project. */
function keyOf(data: JsonObject, isKnown: IsTicketIdentifier): string | undefined {
  const own = knownKey(data.identifier, isKnown);
  if (own !== undefined) return own;
  const projects = [data.project, data.project_detail].filter(isObject);
  const identifier = projects.map((it) => it.identifier).find((it) => typeof it === 'string');
  return identifier && knownKey(`${identifier}-${sequenceOf(data)}`, isKnown);
}

function knownKey(text: unknown, isKnown: IsTicketIdentifier): string | undefined {
  const key = ticketKey.safeParse(text).data;
  return key !== undefined && isKnown(key.slice(0, key.indexOf('-'))) ? key : undefined;
}

const saysDeleted = (action: unknown): boolean =>
  typeof action === 'string' && /(^|\.)deleted?$/i.test(action.trim());
