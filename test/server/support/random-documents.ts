import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLInputType,
  type GraphQLSchema,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';

/** A stream of numbers that a seed decides. */
export function dice(seed: number): (sides: number) => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return (sides) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

export interface RandomDocument {
  readonly source: string;
  readonly variables: Record<string, unknown>;
}

/**
 * A query that some client might write against the schema: aliases, nested and repeated selections, fragments of every kind,
 * `@skip` and `@include`, arguments as literals and as variables, a few values of the wrong type.
 */
export function randomDocument(schema: GraphQLSchema, seed: number): RandomDocument {
  return new Writer(schema, dice(seed)).write();
}

class Writer {
  readonly #schema: GraphQLSchema;
  readonly #roll: (sides: number) => number;
  readonly #fragments: string[] = [];
  readonly #declared: string[] = [];
  readonly #variables: Record<string, unknown> = {};
  #names = 0;

  constructor(schema: GraphQLSchema, roll: (sides: number) => number) {
    this.#schema = schema;
    this.#roll = roll;
  }

  write(): RandomDocument {
    const selection = this.#selection(this.#schema.getQueryType()!, 4);
    const declared = this.#declared.length > 0 ? `(${this.#declared.join(', ')})` : '';
    return { source: [`query Q${declared} ${selection}`, ...this.#fragments].join('\n'), variables: this.#variables };
  }

  #selection(type: GraphQLCompositeType, depth: number): string {
    const parts = Array.from({ length: 1 + this.#roll(4) }, () => this.#part(type, depth));
    return `{ ${parts.join(' ')} }`;
  }

  #part(type: GraphQLCompositeType, depth: number): string {
    const what = this.#roll(12);
    if (what === 0 || isUnionType(type)) {
      if (this.#roll(4) === 0) return '__typename';
      return this.#fragment(type, depth);
    }
    if (what === 1) return this.#fragment(type, depth);
    return this.#field(type, depth);
  }

  #fragment(type: GraphQLCompositeType, depth: number): string {
    const possible = isObjectType(type) ? [type] : [type, ...this.#schema.getPossibleTypes(type)];
    const on = possible[this.#roll(possible.length)];
    const inner = isUnionType(on) ? '{ __typename }' : this.#selection(on, depth);
    if (this.#roll(2) === 0)
      return `... ${isObjectType(type) && this.#roll(2) === 0 ? '' : `on ${on.name}`}${this.#directive()} ${inner}`;
    const name = `F${this.#names++}`;
    this.#fragments.push(`fragment ${name} on ${on.name} ${inner}`);
    const spread = (): string => `...${name}${this.#directive()}`;
    // The same fragment twice, perhaps under different conditions.
    return this.#roll(3) === 0 ? `${spread()} ${spread()}` : spread();
  }

  #field(type: GraphQLCompositeType, depth: number): string {
    if (isUnionType(type)) return '__typename';
    const fields = Object.values(type.getFields()).filter((field) => depth > 0 || !isCompositeType(getNamedType(field.type)));
    const field = fields[this.#roll(fields.length)];
    const args = field.args.flatMap((arg) => this.#argument(arg));
    const alias = args.length > 0 || this.#roll(6) === 0 ? `x${this.#names++}: ` : '';
    const named = getNamedType(field.type);
    const inner = isCompositeType(named) ? ` ${this.#selection(named, depth - 1)}` : '';
    return `${alias}${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${this.#directive()}${inner}`;
  }

  #argument(arg: GraphQLArgument): string[] {
    if (!isNonNullType(arg.type) && this.#roll(3) === 0) return [];
    if (this.#roll(3) === 0) return [`${arg.name}: ${this.#literal(arg.type)}`];
    return [`${arg.name}: ${this.#variable(arg.type)}`];
  }

  #variable(type: GraphQLInputType): string {
    const name = `v${this.#names++}`;
    const withDefault = !isNonNullType(type) && this.#roll(4) === 0;
    this.#declared.push(`$${name}: ${String(type)}${withDefault ? ` = ${this.#literal(type)}` : ''}`);
    if (isNonNullType(type) || this.#roll(4) !== 0) this.#variables[name] = this.#value(type, 3);
    return `$${name}`;
  }

  #directive(): string {
    const what = this.#roll(16);
    if (what > 3) return '';
    const condition = what % 2 === 0 ? String(this.#roll(2) === 0) : this.#condition();
    return what < 2 ? ` @skip(if: ${condition})` : ` @include(if: ${condition})`;
  }

  #condition(): string {
    const name = `v${this.#names++}`;
    this.#declared.push(`$${name}: Boolean!`);
    this.#variables[name] = this.#roll(2) === 0;
    return `$${name}`;
  }

  #literal(type: GraphQLInputType): string {
    if (isNonNullType(type)) return this.#literal(type.ofType);
    if (this.#roll(12) === 0) return 'null';
    if (isListType(type)) return `[${this.#literal(type.ofType)}]`;
    if (isEnumType(type)) return type.getValues()[this.#roll(type.getValues().length)].name;
    if (isInputObjectType(type))
      return `{ ${Object.values(type.getFields())
        .filter((field) => !isInputObjectType(getNamedType(field.type)) && (isNonNullType(field.type) || this.#roll(2) === 0))
        .map((field) => `${field.name}: ${this.#literal(field.type)}`)
        .join(', ')} }`;
    return JSON.stringify(this.#scalar(type.name));
  }

  #value(type: GraphQLInputType, depth: number): unknown {
    if (isNonNullType(type)) return this.#value(type.ofType, depth) ?? this.#scalar('Int');
    // Now and then a value that the type does not take.
    if (this.#roll(40) === 0) return [{ wrong: 1 }, 'wrong', 1.5, [null], true, 2 ** 40][this.#roll(6)];
    if (this.#roll(12) === 0) return null;
    if (isListType(type)) {
      if (this.#roll(6) === 0) return this.#value(type.ofType, depth);
      return Array.from({ length: this.#roll(3) }, () => this.#value(type.ofType, depth));
    }
    if (isEnumType(type)) return type.getValues()[this.#roll(type.getValues().length)].name;
    if (!isInputObjectType(type)) return this.#scalar(type.name);
    const fields = Object.values(type.getFields()).filter(
      (field) =>
        isNonNullType(field.type) || (this.#roll(2) === 0 && (depth > 0 || !isInputObjectType(getNamedType(field.type)))),
    );
    return Object.fromEntries(fields.map((field) => [field.name, this.#value(field.type, depth - 1)]));
  }

  #scalar(name: string): unknown {
    const number = this.#roll(7);
    switch (name) {
      case 'Int':
        return number;
      case 'Float':
        return number / 2;
      case 'Boolean':
        return number % 2 === 0;
      case 'Decimal':
        return `${number}.5`;
      case 'DateTime':
        return `2026-11-2${number}T00:00:00.000Z`;
      case 'ID':
        return this.#roll(3) === 0 ? number : `id${number}`;
      default:
        return ['', 'text', 'with "quotes"', 'line\nbreak', '\\', '`${1}`', '</script>'][number];
    }
  }
}
