import type { ImiEvent } from '../events/catalogue.ts';
import { touchedFileIdOf } from '../events/ids.ts';
import type { Change, ColumnTypes, FoldedTable } from './row-fold.ts';
import { assertStorable } from './storable.ts';
import type { TouchedFilesTable } from './tables.ts';

const columns = {
  id: 'uuid',
  work_item_id: 'uuid',
  project_id: 'uuid',
  path: 'text',
  touched_at: 'timestamptz',
  position: 'bigint',
} as const satisfies Record<keyof TouchedFilesTable, ColumnTypes[string]>;

const touchedFiles: FoldedTable = { table: 'touched_files', columns };

/** The files of active work items: written when first touched, taken away when the work ends. */
export class TouchedFiles {
  /** By work item and id. */
  #rows = new Map<string, Map<string, TouchedFilesTable>>();
  #ended = new Set<string>();

  /**
   * Folds an event of a work item, `item` being its row after it. Throws, and changes nothing, when
   * a path cannot be stored.
   */
  apply(
    event: ImiEvent,
    item: { readonly id: string; readonly project_id: string; readonly active: boolean },
  ): void {
    if (event.type === 'imi.work.completed') this.#end(item.id);
    if (event.type !== 'imi.work.activity_observed' || !item.active) return;
    const { commits, paths = [], last_activity_at: touched_at } = event.data;
    const { id: work_item_id, project_id } = item;
    const rows = [...commits.flatMap(({ files }) => files), ...paths].map((path) => ({
      id: touchedFileIdOf(work_item_id, path),
      work_item_id,
      project_id,
      path,
      touched_at,
      position: event.position,
    }));
    for (const row of rows) assertStorable(row);
    const known = this.#rows.get(work_item_id) ?? new Map<string, TouchedFilesTable>();
    this.#rows.set(work_item_id, known);
    for (const row of rows) {
      if (!known.has(row.id)) known.set(row.id, row);
    }
  }

  take(): readonly Change[] {
    const rows = [...this.#rows.values()].flatMap((ofItem) => [...ofItem.values()]);
    const ended = [...this.#ended];
    this.#rows = new Map();
    this.#ended = new Set();
    return [
      { kind: 'delete', table: touchedFiles.table, column: 'work_item_id', ids: ended },
      // The first touch is the one that counts.
      { kind: 'keep', of: touchedFiles, rows },
    ];
  }

  #end(workItemId: string): void {
    this.#ended.add(workItemId);
    this.#rows.delete(workItemId);
  }
}
