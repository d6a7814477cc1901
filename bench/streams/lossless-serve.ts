import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { newId } from '../../src/services/ids.ts';
import { createLogger } from '../../src/services/logger.ts';

/* The whole program with an account, in a process of its own: `lossless-serve.ts FOLDER`; appends events when the parent asks. */

const now = (): number => performance.timeOrigin + performance.now();
const config = readConfig({
  PORT: '0',
  DATABASE_URL: `sqlite:${join(process.argv[2] ?? '', 'bench.db')}`,
  CANDLEWICK_SECRET: 'bench '.repeat(8),
  CANDLEWICK_DEMO: 'off',
  LOG_LEVEL: 'error',
});
const app = await createApp(config, {
  logger: createLogger({ level: 'error', pretty: false }),
  limits: { socketsPerUser: 1000 },
});
const { port } = await app.start();
const { accessToken, userId } = await app.users.signUp({ email: 'bench@example.com', password: 'a long enough secret' }, {});

process.on('message', (command: { transactions: number; size: number; pauseMs: number }) => {
  void (async () => {
    const at: number[] = [];
    const start = now();
    const draft = () => ({ userId, type: 'BOT_DELETED' as const, payload: { deletedId: newId(), name: 'bench' } });
    for (let i = 0; i < command.transactions; i++) {
      const [first, ...more] = Array.from({ length: command.size }, draft);
      await app.database.transaction((em) => app.events.append(em, first, ...more));
      at.push(now());
      if (command.pauseMs > 0) await sleep(command.pauseMs);
    }
    process.send?.({ at, ms: now() - start });
  })();
});
process.send?.({ url: `ws://127.0.0.1:${port}/graphql`, token: accessToken });
