import { clipped } from '../../clip.ts';
import { DomainError } from '../../errors.ts';

const longest = 300;

/** A strategy plugin did something that it may not, or failed; the message names its file. */
export class PluginError extends DomainError {
  override readonly name = 'PluginError';

  constructor(file: string, what: string, cause?: unknown) {
    super('INVALID', `strategy plugin ${file} ${what}`, { details: { plugin: file }, cause });
  }

  /** One that was thrown in a thread, from which only its sentence came. */
  static retold(file: string, sentence: string, cause: unknown): PluginError {
    const error = new PluginError(file, '', cause);
    error.message = sentence;
    return error;
  }

  /** @param where the function of the plugin that failed */
  static thrownIn(file: string, where: string, error: unknown): PluginError {
    return new PluginError(file, `failed in ${where}: ${reasonOf(error, file)}`, error);
  }
}

/** What was thrown, in one line, with the line of the plugin's file where that is known. */
export function reasonOf(error: unknown, file: string): string {
  if (!(error instanceof Error))
    return `it threw ${typeof error === 'string' ? JSON.stringify(clipped(error, longest)) : typeof error}`;
  const text = error.message.replace(/\s+/g, ' ').trim();
  const [, line] =
    error.stack
      ?.split(`/${file}`)
      .at(1)
      ?.match(/^(?:\?[^:\s]*)?:(\d+)/) ?? [];
  return `${error.name}: ${text.length > longest ? `${clipped(text, longest)}…` : text}${line === undefined ? '' : ` (line ${line})`}`;
}
