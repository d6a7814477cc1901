import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Channel, Dialect, Peer, Told, VenueWorld } from './dialect.ts';
import { Seeded } from './faults.ts';

interface Connection extends Peer {
  readonly socket: WebSocket;
}

/** The WebSocket side, and what can go wrong with it. What is said is the dialect's. */
export class VenueStreams {
  private readonly world: VenueWorld;
  private readonly dialect: Dialect;
  private readonly server = new WebSocketServer({ noServer: true });
  private readonly peers = new Set<Connection>();
  private readonly random: Seeded;
  private readonly muted = new Set<Channel>();
  private readonly doubled = new Set<Channel>();
  private readonly held = new Map<Channel, { topic: string; message: unknown }[]>();
  /** New connections are refused while this is true. */
  isRefusing = false;
  /** How many connections were made to a channel. */
  readonly connections: Record<Channel, number> = { market: 0, user: 0 };

  constructor(world: VenueWorld, dialect: Dialect, seed: number) {
    this.world = world;
    this.dialect = dialect;
    this.random = new Seeded(seed);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const channel = this.dialect.channelOf(`${request.headers.host ?? ''}${request.url ?? ''}`);
    if (this.isRefusing) return void socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
    this.server.handleUpgrade(request, socket, head, (ws) => {
      const reply = (message: unknown): void => ws.send(JSON.stringify(message));
      const peer: Connection = { socket: ws, channel, topics: new Set(), reply };
      this.connections[channel] += 1;
      this.peers.add(peer);
      ws.on('close', () => this.peers.delete(peer));
      ws.on('message', (data: Buffer) => this.dialect.receive(this.world, peer, JSON.parse(data.toString())));
    });
  }

  /** Whether anybody listens to a topic. */
  hears(topic: string): boolean {
    return [...this.peers].some(({ topics }) => topics.has(topic));
  }

  tell(channel: Channel, news: readonly Told[]): void {
    for (const [topic, message] of news) this.send(channel, topic, message);
  }

  /** Nothing is sent any more, but the connection answers. */
  mute(channel: Channel): void {
    this.muted.add(channel);
  }

  unmute(channel: Channel): void {
    this.muted.delete(channel);
  }

  /** Everything is sent twice. */
  double(channel: Channel): void {
    this.doubled.add(channel);
  }

  /** Keeps messages back until they are released. */
  hold(channel: Channel): void {
    this.held.set(channel, []);
  }

  /** Sends what was held, in the order it happened or in another one. */
  release(channel: Channel, order: 'IN_ORDER' | 'REVERSED' | 'SHUFFLED'): void {
    const held = this.held.get(channel) ?? [];
    this.held.delete(channel);
    const messages = order === 'SHUFFLED' ? this.random.shuffle(held) : order === 'REVERSED' ? held.toReversed() : held;
    for (const { topic, message } of messages) this.send(channel, topic, message);
  }

  /** Reads nothing any more, so that pings and farewells stay unanswered. */
  freeze(channel: Channel): void {
    for (const peer of this.peers) if (peer.channel === channel) peer.socket.pause();
  }

  /** Cuts every connection of a channel. */
  kill(channel: Channel): void {
    for (const peer of this.peers) if (peer.channel === channel) peer.socket.terminate();
  }

  /** Resolves when the clients have read all that was sent: an answer to a ping comes after everything before it. */
  async flushed(): Promise<void> {
    const open = [...this.peers].filter(({ socket }) => socket.readyState === socket.OPEN);
    await Promise.all(
      open.map(
        ({ socket }) =>
          new Promise<void>((resolve) => {
            const done = (): void => {
              socket.off('pong', done).off('close', done);
              resolve();
            };
            socket.on('pong', done).on('close', done).ping();
          }),
      ),
    );
  }

  close(): void {
    for (const peer of this.peers) peer.socket.terminate();
    this.server.close();
  }

  private send(channel: Channel, topic: string, message: unknown): void {
    const held = this.held.get(channel);
    if (held) return void held.push({ topic, message });
    if (this.muted.has(channel)) return;
    const text = JSON.stringify(message);
    for (const { socket, topics } of this.peers)
      if (topics.has(topic)) for (let i = this.doubled.has(channel) ? 2 : 1; i > 0; i--) socket.send(text);
  }
}
