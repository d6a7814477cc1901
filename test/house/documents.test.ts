import { buildSchema, parse, validate } from 'graphql';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const documents = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md')].sort();
const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

interface Block {
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a document. @throws when a fence is closed by anything but itself, which leaves the rest of the page in it */
function blocksOf(document: string): Block[] {
  const blocks: Block[] = [];
  let open: { line: number; language: string; lines: string[] } | undefined;
  for (const [index, line] of readFileSync(document, 'utf8').split('\n').entries()) {
    const fence = /^```(.*)$/.exec(line);
    if (!fence) open?.lines.push(line);
    else if (!open) open = { line: index + 1, language: fence[1], lines: [] };
    else if (fence[1] === '') {
      blocks.push({ line: open.line, language: open.language, text: open.lines.join('\n') });
      open = undefined;
    } else throw new Error(`${document}:${index + 1} does not close the block of line ${open.line}: ${line}`);
  }
  if (open) throw new Error(`${document}:${open.line} begins a block that never ends`);
  return blocks;
}

describe.each(documents)('%s', (document) => {
  it('closes every block that it opens', () => {
    expect(() => blocksOf(document)).not.toThrow();
  });

  it('names only files that are there', () => {
    const named = [...readFileSync(document, 'utf8').matchAll(/`((?:src|test|scripts|examples)\/[\w./-]+)`/g)].map(
      ([, path]) => path,
    );
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('prints only operations that the schema knows', () => {
    const wrong = blocksOf(document)
      .filter(({ language }) => language === 'graphql')
      .flatMap(({ line, text }) =>
        parse(text).definitions.flatMap((definition) =>
          validate(schema, { kind: 'Document' as never, definitions: [definition] }).map(
            ({ message }) => `${document}:${line} ${message}`,
          ),
        ),
      );
    expect(wrong).toEqual([]);
  });
});
