import { v4 as uuid4 } from 'uuid';
import type { Aggregate } from '../../src/commands/aggregate.ts';
import type { DecisionContext } from '../../src/commands/decision.ts';
import { decodeEvent } from '../../src/events/catalogue.ts';
import type { NewEvent } from '../../src/events/event-store.ts';
import { at, settings } from './commands.ts';

/** An entity to which these events happened, in this order. */
export const given = <S>(aggregate: Aggregate<S>, ...events: readonly NewEvent[]): S | null =>
  events.reduce<S | null>((state, event, revision) => {
    const recorded = { ...event, streamId: 'given', revision, position: BigInt(revision) };
    return aggregate.evolve(state, decodeEvent(recorded));
  }, null);

/** What a decider knows beside the state and the command. */
export const contextAt = (now = at): DecisionContext => ({
  ...settings,
  now,
  actor: 'tester',
  entityId: uuid4(),
});
