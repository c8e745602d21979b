/**
 * What iMi uses of the event store's client. By its parts: the index of the package loads persistent
 * subscriptions and projections as well, a third of the client that every start would pay for.
 */

// Adds its calls to the client.
import '@eventstore/db-client/dist/streams/index.js';

export { Client as EventStoreDBClient } from '@eventstore/db-client/dist/Client/index.js';
export { unpackToCommandError } from '@eventstore/db-client/dist/streams/appendToStream/unpackError.js';
export { convertToCommandError } from '@eventstore/db-client/dist/utils/CommandError.js';
export { parseUUID } from '@eventstore/db-client/dist/utils/grpcUUID.js';
