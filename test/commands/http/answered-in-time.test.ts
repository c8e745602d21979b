import { expect, it } from 'vitest';
import type { CommandHandler, IncomingCommand } from '../../../src/commands/command.ts';
import { answeredInTime } from '../../../src/commands/http/answered-in-time.ts';
import { StoreUnavailableError } from '../../../src/events/event-store.ts';

const command = { id: 'c-1', name: 'start_work' } as IncomingCommand;
const handlerThat = (answers: () => Promise<never>): CommandHandler => ({
  handle: answers,
  rehearse: answers,
});

it('A sender is told in time that the outcome of its command is not known yet', async () => {
  const handler = answeredInTime(
    handlerThat(() => new Promise(() => {})),
    5,
  );
  const late = { code: 'UNAVAILABLE', params: { command_id: 'c-1' } };
  await expect(handler.handle(command)).rejects.toMatchObject(late);
  await expect(handler.rehearse(command)).rejects.toMatchObject(late);
});

it('An error that comes in time is passed on as it is', async () => {
  const error = new StoreUnavailableError('away');
  const handler = answeredInTime(handlerThat(() => Promise.reject(error)));
  await expect(handler.handle(command)).rejects.toBe(error);
});
