import { type ParameterDeclaration, parameterSchema } from '../trading/parameters.ts';
import type { StrategyDefinition } from '../trading/strategy.ts';
import { builtInStrategies } from '../trading/strategies/index.ts';
import { table } from './format.ts';
import type { Terminal } from './terminal.ts';

/** Prints the built-in strategies: names, what they do, and each parameter with default and limits. */
export function listStrategies(json: boolean, terminal: Terminal): void {
  if (json) {
    const strategies = builtInStrategies.map(({ name, description, parameters }) => ({
      name,
      description,
      parameterSchema: parameterSchema(parameters),
    }));
    terminal.out(`${JSON.stringify({ strategies })}\n`);
    return;
  }
  terminal.out(`${builtInStrategies.map((strategy) => strategyText(strategy)).join('\n\n')}\n`);
}

/** A strategy for a person: what it does, and a table of its parameters. */
export function strategyText({ name, description, parameters }: StrategyDefinition, note = ''): string {
  const rows = Object.entries(parameters).map(([parameter, declaration]) => [
    parameter,
    String(declaration.default ?? 'off'),
    allowed(declaration),
    declaration.description,
  ]);
  const list = rows.length > 0 ? `\n${table(['<Parameter', 'Default', '<Allowed', '<Meaning'], rows)}` : '';
  return `${name}${note}: ${description}${list}`;
}

function allowed(declaration: ParameterDeclaration): string {
  if (declaration.type === 'BOOLEAN') return 'true, false';
  if (declaration.type === 'CHOICE') return declaration.values.join(', ');
  const { min, max, nullable, aboveMin } = declaration;
  return `${aboveMin ? 'above ' : ''}${min} to ${max}${nullable ? ', off' : ''}`;
}
