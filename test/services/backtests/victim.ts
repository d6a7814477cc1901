// A process that dies: it runs one backtest, leaves another waiting, says so, and is killed by the test that started it.
import { openDatabase } from '../../../src/services/database/index.ts';
import { ended, House } from './house.ts';

const [url, userId] = process.argv.slice(2);
const house = new House(await openDatabase({ url }));
const { service, worker } = house.process({ slowMs: 600_000 });
const viewer = { userId, role: 'TRADER', scopes: ['READ', 'TRADE'] } as const;
await worker.start();
const running = await service.create(viewer, await house.input(viewer));
const waiting = await service.create(viewer, await house.input(viewer));
await ended(service, viewer, running.id, (status) => status === 'RUNNING');
process.stdout.write(`${JSON.stringify({ running: running.id, waiting: waiting.id })}\n`);
