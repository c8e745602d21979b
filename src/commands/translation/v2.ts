import type { V2Key } from '../../bloodbank/topology.ts';
import type { AskedInV2, V2Request } from './v2-request.ts';
import { translateWorktreeCreate, translateWorktreeMerge } from './v2-worktree.ts';

const translators: { readonly [K in V2Key]: (request: V2Request) => AskedInV2 } = {
  'imi.project.register': translateProjectRegister,
  'imi.worktree.create': translateWorktreeCreate,
  'imi.worktree.merge': translateWorktreeMerge,
};

/** What a message under a key of v2 asks for (spec/v2.md, "Events"). Pure, and never throws. */
export const translateV2 = (key: V2Key, request: V2Request): AskedInV2 => translators[key](request);

/** v2 calls the fields of a project what they are called now, and writes `null` for what is not given. */
function translateProjectRegister({ payload }: V2Request): AskedInV2 {
  const told = Object.entries(payload).filter(([, value]) => value !== null);
  return { name: 'register_project', body: Object.fromEntries(told) };
}
