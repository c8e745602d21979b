import { StoreUnavailableError } from './event-store.ts';
import type { Checkpoint, StreamCheckpoint } from './stream-checkpoint.ts';

export interface SaverOptions {
  /** Shortest time between two saves. */
  readonly intervalMs: number;
  /**
   * Time after which a value is saved with which nothing but the searched position moved. Long,
   * because a save is an event too, and an idle service would otherwise save what its saves cause.
   */
  readonly idleIntervalMs: number;
}

const defaultOptions: SaverOptions = { intervalMs: 250, idleIntervalMs: 60_000 };

/** Saves a checkpoint that moves all the time a few times per second. */
export class CheckpointSaver {
  readonly #checkpoint: StreamCheckpoint;
  readonly #options: SaverOptions;
  readonly #onFailure: (error: Error) => void;
  #offered: Checkpoint;
  #timer: NodeJS.Timeout | null = null;
  #dueAt = 0;
  #saving: Promise<void> | null = null;
  #ended = false;

  /** `onFailure` hears of what waiting does not cure: a `CheckpointLostError`, or an unknown error. */
  constructor(
    checkpoint: StreamCheckpoint,
    onFailure: (error: Error) => void,
    options: SaverOptions = defaultOptions,
  ) {
    this.#checkpoint = checkpoint;
    this.#onFailure = onFailure;
    this.#options = options;
    this.#offered = checkpoint.current;
  }

  /** Takes a newer value; it is saved in a while. */
  offer(value: Checkpoint): void {
    const worked = value.lastEvent !== this.#offered.lastEvent;
    this.#offered = value;
    this.#schedule(worked ? this.#options.intervalMs : this.#options.idleIntervalMs);
  }

  /** Saves the newest value and nothing after it. Throws like `StreamCheckpoint.save`. */
  async flush(): Promise<void> {
    const failed = this.#ended;
    this.#end();
    await this.#saving;
    if (!failed) await this.#checkpoint.save(this.#offered);
  }

  #schedule(delayMs: number): void {
    const dueAt = performance.now() + delayMs;
    if (this.#ended || this.#saving !== null || (this.#timer !== null && this.#dueAt <= dueAt))
      return;
    this.#unschedule();
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => this.#save(), delayMs);
  }

  #unschedule(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #end(): void {
    this.#ended = true;
    this.#unschedule();
  }

  #save(): void {
    this.#timer = null;
    const value = this.#offered;
    this.#saving = this.#checkpoint
      .save(value)
      .catch((error: Error) => {
        if (error instanceof StoreUnavailableError) return;
        this.#end();
        this.#onFailure(error);
      })
      .finally(() => {
        this.#saving = null;
        if (this.#offered.lastEvent !== this.#checkpoint.current.lastEvent) {
          this.#schedule(this.#options.intervalMs);
        }
      });
  }
}
