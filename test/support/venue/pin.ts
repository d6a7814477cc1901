import { Agent as HttpsAgent } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { CcxtClient } from '../../../src/services/exchanges/ccxt/client.ts';

/** A server on this machine, and the hosts that it stands for. */
export interface Pinnable {
  readonly port: number;
  readonly dialect?: { readonly hosts: readonly string[] };
}

/** Leads all connections of a client to the venue, which stands for the hosts of its dialect; whoever asks another one fails the test: addresses and error tables stay the real ones, the sockets never leave the loopback. */
export class Pinned {
  /** Hosts that were asked for and that the venue does not stand for. */
  private readonly strangers = new Set<string>();
  private readonly venue: () => Pinnable;
  private readonly isLimited: boolean;
  private readonly hosts: readonly string[] | undefined;
  private readonly dispatchers: { close(): Promise<void> }[] = [];

  /**
   * @param options.isLimited whether ccxt's rate limit stays; the venue has none, and tests would wait for it
   * @param options.hosts those that the server stands for, where it is not the venue
   */
  constructor(venue: () => Pinnable, options: { isLimited?: boolean; hosts?: Iterable<string> } = {}) {
    this.hosts = options.hosts && [...options.hosts];
    this.venue = venue;
    this.isLimited = options.isLimited ?? false;
  }

  /** What to hand to the adapter as `prepare`. */
  readonly prepare = async (client: CcxtClient): Promise<void> => {
    const internals = client as unknown as {
      loadFetchImplementation(): Promise<void>;
      getDispatcherOptions(isPlain: boolean): object;
      undiciModule: { Agent: new (options: object) => { close(): Promise<void> } };
      fetchDispatcher: { close(): Promise<void> };
      agent: HttpsAgent;
      enableRateLimit: boolean;
    };
    internals.enableRateLimit &&= this.isLimited;
    await internals.loadFetchImplementation();
    const connector = ({ hostname }: { hostname: string }, done: (error: Error | null, socket: Socket | null) => void): void => {
      try {
        const socket = this.socket(hostname);
        socket.once('connect', () => done(null, socket)).once('error', (error) => done(error, null));
      } catch (error) {
        done(error as Error, null);
      }
    };
    await internals.fetchDispatcher.close();
    const options = internals.getDispatcherOptions(true);
    internals.fetchDispatcher = new internals.undiciModule.Agent({ ...options, connect: connector });
    this.dispatchers.push(internals.fetchDispatcher);
    internals.agent = new PinnedAgent((hostname) => this.socket(hostname));
  };

  /** @throws Error when another host was asked for, even if the adapter has swallowed the failure */
  async close(): Promise<void> {
    const strangers = [...this.strangers];
    await Promise.all(this.dispatchers.splice(0).map((dispatcher) => dispatcher.close()));
    if (strangers.length > 0) throw new Error(`hosts were asked for that the venue does not stand for: ${strangers.join(', ')}`);
  }

  private socket(hostname: string): Socket {
    if (!(this.hosts ?? this.venue().dialect?.hosts ?? []).includes(hostname)) {
      this.strangers.add(hostname);
      throw new Error(`nothing leaves this machine: ${hostname} was asked for`);
    }
    return connect(this.venue().port, '127.0.0.1');
  }
}

/** For WebSockets: a plain socket where TLS would be. */
class PinnedAgent extends HttpsAgent {
  private readonly open: (hostname: string) => Socket;

  constructor(open: (hostname: string) => Socket) {
    super();
    this.open = open;
  }

  override createConnection(options: { host?: string | null }): Socket {
    return this.open(options.host ?? '');
  }
}
