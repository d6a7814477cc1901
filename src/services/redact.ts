const named =
  /((?:api[-_]?key|secret|signature|sign|passphrase|password|token|authorization)["']?\s*[=:]\s*["']?)(?:bearer\s+)?[^\s"'&,;}\]]+/gi;
const bearers = /\b(bearer\s+)[\w.~+/-]{8,}=*/gi;

/** A text without the values that stand behind a secret's name: an exchange's complaint may repeat the request that it is about. */
export function withoutSecrets(text: string): string {
  return text.replace(named, '$1[redacted]').replace(bearers, '$1[redacted]');
}
