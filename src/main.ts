import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { explainFailure } from './app/failure.ts';
import { createLogger } from './services/logger.ts';

/** How long a stop may take before what is left is cut off. */
const stopDeadlineMs = 10_000;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const logger = createLogger({ level: config.logLevel, pretty: process.stdout.isTTY });
  const app = await createApp(config, { logger });
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    // A second Ctrl-C means it.
    if (stopping) process.exit(1);
    stopping = true;
    logger.info(`${signal}: stopping; bots that run go on at the next start`);
    app.stop(stopDeadlineMs).then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'the stop failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  const { url, demo } = await app.start();
  const { roles } = config;
  process.stdout.write(
    roles.has('api')
      ? `\nCandlewick is ready: ${url}\n`
      : `\nCandlewick is ready as ${[...roles].join(' and ')}: ${new URL('/health/ready', url).href}\n`,
  );
  if (demo) process.stdout.write(`  demo account: ${demo.email}\n  password:     ${demo.password}   (shown this once)\n`);
  process.stdout.write('\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`${explainFailure(error)}\n`);
  process.exit(1);
});
