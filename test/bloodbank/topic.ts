/** Whether a binding of a topic exchange takes a routing key: `*` is one word, `#` any number. */
export function matches(binding: string, routingKey: string): boolean {
  return fits(binding.split('.'), routingKey.split('.'));
}

function fits([first, ...rest]: readonly string[], words: readonly string[]): boolean {
  if (first === undefined) return words.length === 0;
  if (first === '#') {
    return Array.from({ length: words.length + 1 }).some((_, skip) =>
      fits(rest, words.slice(skip)),
    );
  }
  return words.length > 0 && (first === '*' || first === words[0]) && fits(rest, words.slice(1));
}
