import type { EventStore } from './event-store.ts';

/** The same store with another way to append, for who wants to see each append. */
export const withAppend = (store: EventStore, append: EventStore['append']): EventStore => ({
  append,
  readStream: (...args) => store.readStream(...args),
  readLast: (...args) => store.readLast(...args),
  subscribe: (options) => store.subscribe(options),
  subscribeTogether: (options) => store.subscribeTogether(options),
  readAll: (options) => store.readAll(options),
  head: () => store.head(),
  keepOnly: (...args) => store.keepOnly(...args),
  close: () => store.close(),
});
