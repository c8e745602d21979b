import { afterAll, beforeAll, describe } from 'vitest';
import { type TemporaryServer, temporaryServer } from '../embedded/event-store/temporary-server.ts';
import { eventStoreContract } from './event-store-contract.ts';

describe('on the embedded server', () => {
  let server: TemporaryServer;
  beforeAll(async () => {
    server = await temporaryServer();
  });
  afterAll(() => server.remove());
  eventStoreContract(() => server.url);
});

const realServer = process.env.IMI_TEST_EVENTSTORE_URL;
describe.skipIf(!realServer)('on the server of IMI_TEST_EVENTSTORE_URL', () => {
  eventStoreContract(() => realServer ?? '');
});
