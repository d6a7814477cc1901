import type { LoggedEvent } from '../../src/services/events/event.ts';
import type { StreamItem } from '../../src/services/events/stream.ts';
import type { Program } from './program.ts';

/** A client that follows an account through everything: it reconnects after its last cursor, wherever it is let in. */
export class Reader {
  readonly events: LoggedEvent[] = [];
  /** Why the server said that what was known is worthless. */
  readonly resets: string[] = [];
  private readonly userId: string;
  private cursor: string | undefined;
  private connection = 0;

  constructor(userId: string) {
    this.userId = userId;
  }

  /** Leaves whoever it was connected to, and goes on with this process. @returns resolves when it hears whatever is told from then on */
  async connect(program: Program): Promise<void> {
    const connection = ++this.connection;
    const items = await program.hub.stream<never>({
      userId: this.userId,
      after: this.cursor,
      wants: () => true,
      snapshot: async () => [],
    });
    void this.follow(program, connection, items).catch(() => undefined);
  }

  private async follow(program: Program, connection: number, items: AsyncIterable<StreamItem<never>>): Promise<void> {
    for await (const item of items) {
      if (connection !== this.connection || program.gate.isDead) return;
      this.cursor = item.cursor;
      if (item.kind === 'EVENT') this.events.push(item.event);
      if (item.kind === 'RESET') this.resets.push(item.reason);
    }
  }
}
