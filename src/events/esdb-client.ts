/**
 * What iMi uses of the event store's client: the connection, and how errors are told. By its parts,
 * because the index of the package loads every call that it has, and each start would pay for it.
 */

export { Client as EventStoreDBClient } from '@eventstore/db-client/dist/Client/index.js';
export { unpackToCommandError } from '@eventstore/db-client/dist/streams/appendToStream/unpackError.js';
export { convertToCommandError } from '@eventstore/db-client/dist/utils/CommandError.js';
export { parseUUID } from '@eventstore/db-client/dist/utils/grpcUUID.js';
