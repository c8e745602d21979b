import { shuffled } from '../support/random.ts';

/** What is done to a process, or to the way from a service to a store. */
export type Fault =
  | { readonly kind: 'kill' | 'freeze'; readonly victim: string; readonly forMs: number }
  | {
      readonly kind: 'cut' | 'half-open' | 'stalled' | 'slow';
      readonly service: string;
      readonly store: string;
      readonly forMs: number;
    };

export interface Shares {
  readonly services: readonly string[];
  readonly stores: readonly string[];
}

const killShares = { service: 0.5, 'event store': 0.22, PostgreSQL: 0.18, RabbitMQ: 0.1 };
const ways = ['cut', 'half-open', 'stalled', 'slow'] as const;

/** Of ten faults four are kills, one a freeze and five meet a way. */
const killPart = 0.45;
const freezePart = 0.13;

/** Faults that follow from the numbers, until there are so many kills. */
export function faultsWith(
  kills: number,
  { services, stores }: Shares,
  random: () => number,
): Fault[] {
  const below = (limit: number) => Math.floor(random() * limit);
  const some = <T>(things: readonly T[]) => things[below(things.length)] as T;
  const faults: Fault[] = [];
  for (let killed = 0; killed < kills; ) {
    const dice = random();
    if (dice < killPart) {
      killed += 1;
      faults.push({
        kind: 'kill',
        victim: killTarget(random(), () => some(services)),
        forMs: below(1_500),
      });
    } else if (dice < killPart + freezePart) {
      // Some longer than any time limit, most shorter.
      const forMs = random() < 0.15 ? 7_000 + below(5_000) : 200 + below(2_500);
      faults.push({ kind: 'freeze', victim: some([...services, ...stores]), forMs });
    } else {
      const forMs = 200 + below(2_500);
      faults.push({ kind: some(ways), service: some(services), store: some(stores), forMs });
    }
  }
  return faults;
}

function killTarget(dice: number, service: () => string): string {
  let left = dice;
  for (const [name, share] of Object.entries(killShares)) {
    if (left < share) return name === 'service' ? service() : name;
    left -= share;
  }
  return service();
}

/** Of each kind some, in an order that follows from the numbers: all that a short run has time for. */
export function someOfEach({ services, stores }: Shares, random: () => number): Fault[] {
  const below = (limit: number) => Math.floor(random() * limit);
  const some = <T>(things: readonly T[]) => things[below(things.length)] as T;
  const kills = [...services, some(services), ...stores, 'event store', 'PostgreSQL'];
  const onWays = [...ways, ...ways].map(
    (kind, i): Fault => ({
      kind,
      service: some(services),
      store: stores[i % stores.length] as string,
      forMs: 200 + below(800),
    }),
  );
  const faults: Fault[] = [
    ...kills.map((victim): Fault => ({ kind: 'kill', victim, forMs: below(500) })),
    ...[...stores, some(services)].map(
      (victim): Fault => ({ kind: 'freeze', victim, forMs: 300 + below(1_200) }),
    ),
    ...onWays,
  ];
  return shuffled(faults, random);
}
