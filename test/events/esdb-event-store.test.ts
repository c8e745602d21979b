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

// A server of that name is a second one to keep the contract, not one that may be left out.
const realServer = process.env.IMI_TEST_EVENTSTORE_URL;
if (realServer) {
  describe('on the server of IMI_TEST_EVENTSTORE_URL', () => {
    eventStoreContract(() => realServer);
  });
}
