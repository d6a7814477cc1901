import type { Command, Kind } from './protocol.ts';
import { servers } from './servers.ts';

/* One server per process: `serve.ts KIND`; tells its port to the parent and publishes what the parent asks for. */

const serving = await servers[(process.argv[2] ?? '') as Kind]();
process.on('message', (command: Command) => {
  if ('publish' in command) {
    for (let i = 0; i < command.publish; i++) for (const symbol of command.symbols) serving.publish(symbol);
    return;
  }
  if (command.tell === 'cpuMs') {
    const { user, system } = process.cpuUsage();
    process.send?.((user + system) / 1000);
    return;
  }
  globalThis.gc?.();
  // What was freed is given back only after a while; the second look is the true one.
  setTimeout(() => {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    process.send?.(heapUsed + external);
  }, 300);
});
process.send?.({ port: serving.port });
