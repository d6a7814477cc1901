import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { klineEvent, type VenueCandle } from './candles.ts';
import { VenueError, venueErrors } from './errors.ts';
import { Seeded } from './faults.ts';
import type { VenueExecution } from './ledger.ts';
import { eventsOf, type Moment } from './market-events.ts';
import { checkSignature, type RestWorld } from './rest.ts';
import { executionReport, wire } from './wire.ts';

/** Market data, or news of the account. */
export type Channel = 'market' | 'user';

interface Peer {
  readonly socket: WebSocket;
  readonly channel: Channel;
  /** "btcusdt@kline_1m"; of the account: "user" once it is signed in. */
  readonly topics: Set<string>;
}

interface Request {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: unknown;
}

/** The WebSocket side: market streams on `/ws/…`, the signed user data stream on `/ws-api/v3`, and what can go wrong with them. */
export class VenueStreams {
  private readonly world: RestWorld;
  private readonly server = new WebSocketServer({ noServer: true });
  private readonly peers = new Set<Peer>();
  private readonly random: Seeded;
  private readonly muted = new Set<Channel>();
  private readonly doubled = new Set<Channel>();
  private readonly held = new Map<Channel, { topic: string; message: unknown }[]>();
  /** New connections are refused while this is true. */
  isRefusing = false;
  /** How many connections were made to a channel. */
  readonly connections: Record<Channel, number> = { market: 0, user: 0 };

  constructor(world: RestWorld, seed: number) {
    this.world = world;
    this.random = new Seeded(seed);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const channel = request.url?.startsWith('/ws-api/') ? 'user' : 'market';
    if (this.isRefusing) return void socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
    this.server.handleUpgrade(request, socket, head, (ws) => {
      const peer: Peer = { socket: ws, channel, topics: new Set() };
      this.connections[channel] += 1;
      this.peers.add(peer);
      ws.on('close', () => this.peers.delete(peer));
      ws.on('message', (data: Buffer) => this.receive(peer, JSON.parse(data.toString()) as Request));
    });
  }

  /** Whether anybody listens to a topic. */
  hears(topic: string): boolean {
    return [...this.peers].some(({ topics }) => topics.has(topic));
  }

  kline(symbol: string, interval: string, candle: VenueCandle, isClosed: boolean): void {
    const message = klineEvent(symbol, interval, candle, isClosed, this.world.now());
    this.send('market', `${symbol.toLowerCase()}@kline_${interval}`, message);
  }

  moved(before: Moment, moment: Moment): void {
    for (const [stream, message] of eventsOf(before, moment))
      this.send('market', `${moment.symbol.toLowerCase()}@${stream}`, message);
  }

  execution(execution: VenueExecution): void {
    this.send('user', 'user', { subscriptionId: 0, event: executionReport(execution) });
    const { symbol } = execution.order;
    const assets = [symbol.base, symbol.quote].map((asset) => {
      const { free, locked } = this.world.ledger.balance(asset);
      return { a: asset, f: wire(free), l: wire(locked) };
    });
    const at = this.world.now();
    this.send('user', 'user', { subscriptionId: 0, event: { e: 'outboundAccountPosition', E: at, u: at, B: assets } });
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

  private receive(peer: Peer, request: Request): void {
    const reply = (body: object): void => peer.socket.send(JSON.stringify({ id: request.id, ...body }));
    if (peer.channel === 'user') return this.signIn(peer, request, reply);
    const topics = Array.isArray(request.params) ? request.params.map(String) : [];
    if (request.method === 'SUBSCRIBE') for (const topic of topics) peer.topics.add(topic);
    else if (request.method === 'UNSUBSCRIBE') for (const topic of topics) peer.topics.delete(topic);
    reply({ result: null });
  }

  private signIn(peer: Peer, { method, params }: Request, reply: (body: object) => void): void {
    try {
      if (method !== 'userDataStream.subscribe.signature') throw venueErrors.notHere(String(method));
      const texts = Object.fromEntries(Object.entries(params as object).map(([key, value]) => [key, String(value)]));
      const signed = Object.keys(texts)
        .filter((key) => key !== 'signature')
        .sort()
        .map((key) => `${key}=${texts[key]}`)
        .join('&');
      checkSignature(this.world, signed, texts, texts.apiKey);
      peer.topics.add('user');
      reply({ status: 200, result: { subscriptionId: 0 } });
    } catch (error) {
      if (!(error instanceof VenueError)) throw error;
      reply({ status: error.status, error: { code: error.code, msg: error.message } });
    }
  }
}
