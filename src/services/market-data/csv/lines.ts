import { DomainError } from '../../errors.ts';

/** Text that can be read from its beginning more than once, in pieces. */
export interface CsvText {
  /** What messages call it. */
  readonly name: string;
  readonly bytes: number;
  read(): AsyncIterable<Uint8Array>;
}

/** CSV that is in memory already. */
export function csvFromString(name: string, text: string): CsvText {
  const bytes = new TextEncoder().encode(text);
  return {
    name,
    bytes: bytes.length,
    read: async function* () {
      yield await Promise.resolve(bytes);
    },
  };
}

const longestLine = 65_536;

/**
 * The lines of a text, in groups as they come off the disk, without line ends (LF or CRLF) and without a byte order mark.
 * @param onBytes told how many bytes have been read
 * @throws DomainError INVALID when it is not UTF-8 text or a line is absurdly long
 */
export async function* linesOf(text: CsvText, onBytes?: (read: number) => void): AsyncGenerator<string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let read = 0;
  let count = 0;
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    } catch (cause) {
      throw new DomainError('INVALID', `${text.name} is not UTF-8 text: a CSV file is expected, not compressed or binary data`, {
        cause,
      });
    }
  };
  for await (const chunk of text.read()) {
    const lines = (rest + decode(chunk)).split('\n');
    rest = lines.pop() ?? '';
    count += lines.length;
    if (rest.length > longestLine)
      throw new DomainError(
        'INVALID',
        `line ${count + 1} of ${text.name} is longer than ${longestLine} characters: it is not a line of a CSV file`,
      );
    read += chunk.byteLength;
    onBytes?.(read);
    yield lines.map(withoutReturn);
  }
  rest += decode();
  if (rest !== '') yield [withoutReturn(rest)];
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
