/**
 * The beginning of a text, in whole characters: half of a surrogate pair is stored by no database as JSON. What was half a character before becomes U+FFFD.
 * @param most UTF-16 code units, as columns and limits count them
 */
export function clipped(text: string, most: number): string {
  const isCutInTwo = text.length > most && isHighSurrogate(text.charCodeAt(most - 1));
  return text.slice(0, isCutInTwo ? most - 1 : most).toWellFormed();
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
