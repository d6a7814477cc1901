import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a Redis that can be cut and mended. */
export interface RedisProxy {
  readonly url: string;
  /** Ends all connections and takes no new ones. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function redisProxy(target: { host?: string; port?: number }): Promise<RedisProxy> {
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) return client.destroy();
    const upstream = connect(target.port ?? 6379, target.host ?? '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from
        .on('error', () => undefined)
        .on('close', () => {
          open.delete(from);
          to.destroy();
        });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endAll = (): void => open.forEach((socket) => socket.destroy());
  return {
    url: `redis://127.0.0.1:${port}`,
    cut: () => {
      isCut = true;
      endAll();
    },
    mend: () => {
      isCut = false;
    },
    close: () => new Promise((resolve) => (endAll(), server.close(() => resolve()))),
  };
}
