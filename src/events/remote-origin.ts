/** A git remote, in the one form iMi shows and the one form it compares. */
export interface RemoteOrigin {
  /** `git@host:owner/repo.git`, in the case first given. */
  readonly display: string;
  /** `host/owner/repo` in lower case: equal for all spellings of one repository. */
  readonly key: string;
}

export const acceptedOriginForms =
  'git@host:owner/repo.git, https://host/owner/repo(.git) or ssh://git@host/owner/repo(.git)';

const segment = '[A-Za-z0-9_.-]{1,100}';
const path = `(?<owner>${segment})/(?<repo>${segment}?)(?:\\.git)?/?`;
const scp = new RegExp(`^(?:[^@/\\s:]+@)?(?<host>[A-Za-z0-9.-]+):${path}$`, 'i');
const url = new RegExp(
  `^(?:https?|ssh|git)://(?:[^@/\\s]+@)?(?<host>[A-Za-z0-9.-]+)(?::\\d{1,5})?/${path}$`,
  'i',
);

/**
 * Reads a git remote in any accepted form (spec/domain.md, "canonical origin").
 * Answers null when it has another form or its host is not among `allowedHosts`; user, password
 * and port are dropped, so a credential in a URL goes no further.
 */
export function parseRemoteOrigin(
  text: string,
  allowedHosts: readonly string[],
): RemoteOrigin | null {
  if (text.length > 500) return null;
  const trimmed = text.trim();
  const match = url.exec(trimmed) ?? (trimmed.includes('://') ? null : scp.exec(trimmed));
  const { host, owner, repo } = match?.groups ?? {};
  if (!host || !owner || !repo || isDots(owner) || isDots(repo)) return null;
  if (!allowedHosts.includes(host.toLowerCase())) return null;
  return {
    display: `git@${host}:${owner}/${repo}.git`,
    key: `${host}/${owner}/${repo}`.toLowerCase(),
  };
}

const shorthand = new RegExp(`^${segment}/${segment}$`);

/**
 * Reads the name of a repository: a git remote in any accepted form, or `owner/repo`, which may be
 * on any of the allowed hosts. Empty when it is neither.
 */
export function parseRepository(text: string, allowedHosts: readonly string[]): RemoteOrigin[] {
  const forms = shorthand.test(text.trim())
    ? allowedHosts.map((host) => `https://${host}/${text.trim()}`)
    : [text];
  return forms.flatMap((form) => parseRemoteOrigin(form, allowedHosts) ?? []);
}

const isDots = (name: string): boolean => name === '.' || name === '..';
