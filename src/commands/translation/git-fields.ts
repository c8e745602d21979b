import { z } from 'zod';
import { parseRemote } from '../../events/remote-origin.ts';
import { branchName, commitHash, count, path } from '../fields.ts';
import { prNumber } from '../work-item-pull-request-schemas.ts';
import { vendorTime, vendorUrl } from './vendor-fields.ts';

/** Git's way to say that there is no commit: before a branch came to be, or after it is gone. */
export const isNoCommit = (value: unknown): boolean =>
  typeof value === 'string' && /^0{7,64}$/.test(value);

/** The hash of a commit; undefined when there is none, or it cannot be read as one. */
export const hashOf = (value: unknown): string | undefined =>
  isNoCommit(value) ? undefined : commitHash.safeParse(value).data;

/** What a reference of a repository is: `refs/heads/x`, or `x` by itself, is a branch. */
export type GitRef =
  | { readonly kind: 'branch'; readonly name: string }
  | { readonly kind: 'tag' | 'other' };

/** Reads a reference; undefined when no branch could be called that. */
export function refOf(value: unknown): GitRef | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (text.startsWith('refs/tags/')) return { kind: 'tag' };
  const isOther = text.startsWith('refs/') && !text.startsWith('refs/heads/');
  if (isOther) return { kind: 'other' };
  const name = branchName.safeParse(text.replace(/^refs\/heads\//, '')).data;
  // A checkout that is on no branch says that it is on HEAD.
  return name === undefined || name === 'HEAD' ? undefined : { kind: 'branch', name };
}

/** The name of a branch, given by itself or as a reference. */
export function branchOf(value: unknown): string | undefined {
  const ref = refOf(value);
  return ref?.kind === 'branch' ? ref.name : undefined;
}

/** A path as a command may carry it; one that is too long is none, since a part of it is another. */
export const pathOf = (value: unknown): string | undefined => path.safeParse(value).data;

/** How many of something, told as a number or in digits. */
export const countOf = (value: unknown): number | undefined => count.safeParse(digits(value)).data;

/** The number of a pull request, told as a number or in digits. */
export const prNumberOf = (value: unknown): number | undefined =>
  prNumber.safeParse(digits(value)).data;

const httpAddress = z.httpUrl().max(2000);

/** An http address that a pull request may have. */
export const pageOf = (value: unknown): string | undefined =>
  httpAddress.safeParse(vendorUrl(value)).data;

/** The repository and the number that the address of a pull request names, as GitHub forms it. */
export function pullRequestAt(
  value: unknown,
): { readonly remoteOrigin: string; readonly number: number } | undefined {
  const page = typeof value === 'string' && value.length <= 2000 ? value : '';
  const [, repository = '', digits] =
    /^(https?:\/\/[^/?#\s]+\/[^/?#\s]+\/[^/?#\s]+)\/pull\/(\d{1,10})(?:[/?#]|$)/i.exec(page) ?? [];
  const [remote, number] = [parseRemote(repository), prNumberOf(digits)];
  return remote && number ? { remoteOrigin: remote.display, number } : undefined;
}

/** A time in UTC, told as a text or in seconds since 1970; undefined when it is neither. */
export function momentOf(value: unknown): string | undefined {
  if (typeof value !== 'number') return vendorTime(value);
  const time = new Date(value * 1000);
  return Number.isNaN(time.getTime()) ? undefined : vendorTime(time.toISOString());
}

/** Some senders write numbers as texts. */
const digits = (value: unknown): unknown =>
  typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
