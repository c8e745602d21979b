import type { Refusal } from '../errors.ts';
import type { IncomingCommand, Outcome, Rejected, Success, WrittenEvent } from './command.ts';

/** Where an entity stood when a command had been settled. */
export interface Place {
  readonly revision: number;
  readonly position: bigint | null;
}

type Ids = Readonly<Record<string, string>>;

const idNames = [
  'project_id',
  'work_item_id',
  'link_id',
  'pr_link_id',
  'deploy_id',
  'component_id',
  'relationship_id',
  'untracked_id',
] as const;

/** The outcome that a command's events tell, the same when they are written and ever after. */
export function outcomeOf(
  command: IncomingCommand,
  written: readonly WrittenEvent[],
  position: bigint,
): Outcome {
  const [first] = written;
  switch (first?.type) {
    case 'imi.cmd.failed':
      return refusedOutcome(command, first, position);
    case 'command.unchanged': {
      const { ids, revision, position: seen } = first.data;
      const place = { revision: Number(revision), position: seen ? BigInt(String(seen)) : null };
      return unchangedOutcome(command, ids as Ids, place);
    }
    default:
      return {
        status: 'accepted',
        commandId: command.id,
        ids: idsIn(written),
        events: written,
        position,
        revision: written.at(-1)?.revision ?? 0,
      };
  }
}

export const unchangedOutcome = (command: IncomingCommand, ids: Ids, at: Place): Success => ({
  status: 'unchanged',
  commandId: command.id,
  ids,
  events: [],
  position: at.position,
  revision: at.revision,
});

export const refusedOutcome = (
  command: IncomingCommand,
  failed: Pick<WrittenEvent, 'data'>,
  position: bigint,
): Rejected => ({
  status: 'rejected',
  commandId: command.id,
  ids: {},
  position,
  error: failed.data.error as Refusal,
});

function idsIn(events: readonly WrittenEvent[]): Ids {
  const ids: Record<string, string> = {};
  for (const { data } of events) {
    for (const name of idNames) {
      const id = data[name];
      if (typeof id === 'string') ids[name] = id;
    }
  }
  return ids;
}
