import type { Dice } from './dice.ts';
import { hostileValue, jsonText, strayField } from './hostile.ts';

type Holder = Record<string, unknown>;

/** The value with some of its parts replaced, lost, wrapped, or joined by others. */
export function mutated(value: unknown, dice: Dice): unknown {
  const root = { root: structuredClone(value) };
  for (let times = 1 + dice.below(3); times > 0; times -= 1) mutateOnce(root, dice);
  return root.root;
}

function mutateOnce(root: Holder, dice: Dice): void {
  const { holder, name, isFree } = somewhereIn(root, dice);
  const value = holder[name];
  switch (dice.below(7)) {
    case 0:
      if (holder !== root) delete holder[name];
      break;
    case 1:
      holder[name] = dice.pick([[value], { value }, [value, value]]);
      break;
    case 2:
      holder[name] = JSON.stringify(value);
      break;
    case 3:
      addStray(isHolder(value) ? value : holder === root ? {} : holder, dice, isFree);
      break;
    default:
      holder[name] = hostileValue(dice);
  }
}

/** What stands in metadata was put there to be kept. */
function addStray(holder: Holder, dice: Dice, isFree: boolean): void {
  const [name, value] = strayField(dice, isFree ? 'told' : 'hidden');
  holder[name] = value;
}

interface Place {
  readonly holder: Holder;
  readonly name: string;
  /** Whether it is in an object that takes any field. */
  readonly isFree: boolean;
}

function somewhereIn(root: Holder, dice: Dice): Place {
  let place: Place = { holder: root, name: 'root', isFree: false };
  for (;;) {
    const inner = place.holder[place.name];
    const names = isHolder(inner) ? Object.keys(inner) : [];
    if (names.length === 0 || dice.chance(0.15)) return place;
    const name = dice.pick(names);
    place = { holder: inner as Holder, name, isFree: place.isFree || name === 'metadata' };
  }
}

const isHolder = (value: unknown): value is Holder => value !== null && typeof value === 'object';

const firstField = /^\s*\{/;

/** Bytes of a body: as JSON has it, or broken as senders break it. */
export function bodyBytes(value: unknown, dice: Dice, broken: number): Buffer {
  const text = jsonText(value);
  if (!dice.chance(broken)) return Buffer.from(text);
  switch (dice.below(12)) {
    case 0:
      return Buffer.from(text.slice(0, dice.below(text.length + 1)));
    case 1:
      return Buffer.from(`${text}${dice.pick(['}', ' ,', text, '\0', '//'])}`);
    case 2:
      return Buffer.from(text, 'utf16le');
    case 3:
      return Buffer.from(`\ufeff${text}`);
    case 4:
      return withByte(Buffer.from(text), dice);
    case 5:
      return Buffer.from(text.replace(firstField, '{"__proto__":{"polluted":1},'));
    case 6:
      return Buffer.from(text.replace(firstField, '{"constructor":{"prototype":{"polluted":1}},'));
    case 7: {
      const name = /"(\w+)":/.exec(text)?.[1] ?? 'name';
      return Buffer.from(text.replace(firstField, `{"${name}":"first of two",`));
    }
    case 8:
      return Buffer.from(text.replaceAll('"', "'"));
    case 9:
      return Buffer.from(
        dice.pick(['', ' ', 'null', '[]', '7', '"text"', 'NaN', '{', 'undefined']),
      );
    case 10:
      return Buffer.from(`${' '.repeat(1_100_000)}${text}`);
    default:
      return Buffer.from(text.replace(/\d+/, dice.pick(['1e999', '01', '0x10', '+1', '.5'])));
  }
}

function withByte(bytes: Buffer, dice: Dice): Buffer {
  if (bytes.length > 0) bytes[dice.below(bytes.length)] = dice.pick([0, 0x80, 0xc0, 0xed, 0xff]);
  return bytes;
}
