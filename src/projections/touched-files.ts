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

export const touchedFiles: FoldedTable = { table: 'touched_files', columns };

type Touch = Omit<TouchedFilesTable, 'id'>;

/** The files of active work items: written when first touched, taken away when the work ends. */
export class TouchedFiles {
  /** By work item and path. Their ids, which take as long as all the rest, are made at the end. */
  #touches = new Map<string, Map<string, Touch>>();
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
    const { position } = event;
    const known = this.#touches.get(work_item_id) ?? new Map<string, Touch>();
    const touches: Touch[] = [];
    for (const path of [...commits.flatMap(({ files }) => files), ...paths]) {
      if (!known.has(path)) touches.push({ work_item_id, project_id, path, touched_at, position });
    }
    for (const touch of touches) assertStorable(touch);
    this.#touches.set(work_item_id, known);
    for (const touch of touches) {
      if (!known.has(touch.path)) known.set(touch.path, touch);
    }
  }

  take(): readonly Change[] {
    const rows: TouchedFilesTable[] = [];
    for (const ofItem of this.#touches.values()) {
      for (const touch of ofItem.values()) {
        rows.push({ id: touchedFileIdOf(touch.work_item_id, touch.path), ...touch });
      }
    }
    const ended = [...this.#ended];
    this.#touches = new Map();
    this.#ended = new Set();
    return [
      { kind: 'delete', table: touchedFiles.table, column: 'work_item_id', ids: ended },
      // The first touch is the one that counts.
      { kind: 'keep', of: touchedFiles, rows },
    ];
  }

  #end(workItemId: string): void {
    this.#ended.add(workItemId);
    this.#touches.delete(workItemId);
  }
}
