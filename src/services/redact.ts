const named =
  /((?:api[-_]?key|secret|signature|sign|passphrase|password|token|authorization)["']?\s*[=:]\s*["']?)(?:bearer\s+)?[^\s"'&,;}\]]+/gi;
const bearers = /\b(bearer\s+)[\w.~+/-]{8,}=*/gi;

/** Shorter ones are words that may stand for anything else. */
const shortest = 8;
/** As many keys as one process may trade with, many times over. */
const mostForms = 20_000;
const known = new Set<string>();

/**
 * From now on no text of the log tells this value, under whatever name and in whatever spelling an exchange or a library may repeat it. For the
 * process as a whole, as the secrets that it has opened are.
 */
export function keepSecret(value: string): void {
  if (value.length < shortest) return;
  const base64 = Buffer.from(value, 'utf8').toString('base64');
  for (const form of [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), base64]) {
    // Those that are used stay.
    known.delete(form);
    known.add(form);
    const [oldest] = known;
    if (known.size > mostForms && oldest !== undefined) known.delete(oldest);
  }
}

/** A text without the secrets that this process knows. */
export function withoutKnownSecrets(text: string): string {
  let result = text;
  for (const form of known) if (result.includes(form)) result = result.replaceAll(form, '[redacted]');
  return result;
}

/** A text without the values that stand behind a secret's name: an exchange's complaint may repeat the request that it is about; and without those that are known. */
export function withoutSecrets(text: string): string {
  return withoutKnownSecrets(text).replace(named, '$1[redacted]').replace(bearers, '$1[redacted]');
}
