/**
 * What iMi uses of the event store's client. By its parts: the index of the package loads persistent
 * subscriptions and projections as well, a third of the client that every start would pay for.
 */

// Adds its calls to the client.
import '@eventstore/db-client/dist/streams/index.js';

export { Client as EventStoreDBClient } from '@eventstore/db-client/dist/Client/index.js';
export { BACKWARDS, END, FORWARDS, START } from '@eventstore/db-client/dist/constants.js';
export { jsonEvent } from '@eventstore/db-client/dist/events/jsonEvent.js';
