import type { ImiEvent } from '../events/catalogue.ts';
import { evolveTicket, type Ticket, type TicketEvent, ticketEvents } from '../events/ticket.ts';
import type { Generation } from './generation.ts';
import { KnownRows } from './known-rows.ts';
import type { Change, RowFold } from './row-fold.ts';
import { selectByIds } from './select-rows.ts';
import { assertStorable } from './storable.ts';
import { versionedTables } from './versioned-tables.ts';

const { tickets } = versionedTables;

interface TicketRow extends Ticket {
  readonly revision: number;
  readonly position: bigint;
}

type HandledEvent = Extract<ImiEvent, TicketEvent>;

/** Table `tickets`, and its versions. */
export class TicketFold implements RowFold {
  readonly #rows = new KnownRows<TicketRow>();
  #versions: TicketRow[] = [];

  handles(event: ImiEvent): event is HandledEvent {
    return Object.hasOwn(ticketEvents, event.type);
  }

  async load(from: Generation, events: readonly HandledEvent[]): Promise<void> {
    const ids = this.#rows.unknown(events.map((event) => event.data.plane_ticket_id));
    // One that no table can hold is in none; its event is refused when it is applied.
    const storable = ids.filter((id) => !id.includes('\0'));
    for (const row of await selectByIds<TicketRow>(from, tickets, storable)) {
      this.#rows.set(row.id, row);
    }
  }

  apply(event: HandledEvent): void {
    const { revision, position } = event;
    const before = this.#rows.get(event.data.plane_ticket_id) ?? null;
    const ticket = evolveTicket(before, event, event.metadata.occurred_at);
    const row = { ...ticket, revision, position };
    assertStorable(row, before ?? undefined);
    this.#rows.set(row.id, row);
    this.#versions.push(row);
  }

  take(): readonly Change[] {
    const rows = this.#versions;
    this.#versions = [];
    this.#rows.endBatch();
    return [{ kind: 'versions', of: tickets, rows }];
  }
}
