import { parameterSchema } from '../trading/parameters.ts';
import { builtInStrategies } from '../trading/strategies/index.ts';
import { strategyText } from './backtest-strategies.ts';
import { configuredPlugins } from './strategy-source.ts';
import type { CliContext } from './terminal.ts';

/** Prints the built-in strategies, the plugins, and on standard error the files that are none. */
export async function listAllStrategies(json: boolean, { env, terminal }: CliContext): Promise<void> {
  const { folder, loaded, problems } = await configuredPlugins(env);
  const all = [
    ...builtInStrategies.map((definition) => ({ definition, file: null, sha256: null })),
    ...loaded.map(({ definition, file, sha256 }) => ({ definition, file, sha256 })),
  ];
  if (json) {
    const strategies = all.map(({ definition: { name, description, parameters }, file, sha256 }) => {
      return { name, description, parameterSchema: parameterSchema(parameters), file, sha256 };
    });
    terminal.out(`${JSON.stringify({ folder: folder ?? null, strategies, problems })}\n`);
    return;
  }
  const texts = all.map(({ definition, file }) => strategyText(definition, file === null ? '' : ` (${file})`));
  terminal.out(`${texts.join('\n\n')}\n`);
  if (folder !== undefined) terminal.err(`Plugins are in ${folder}\n`);
  for (const { reason } of problems) terminal.err(`${reason}\n`);
}
