/** What goes wrong with the next requests to a route. */
export interface RestFault {
  /** "POST /api/v3/order"; every route when left out. */
  readonly route?: string;
  /** How many requests it meets; 1 unless told. */
  readonly times?: number;
  readonly effect:
    /** The connection is cut without an answer. */
    | 'RESET'
    /** The head and half of the body are sent, then nothing more. */
    | 'STALL'
    /** 200 with half of the JSON. */
    | 'TRUNCATE'
    /** 200 with no body. */
    | 'EMPTY'
    /** 200 with a web page. */
    | 'HTML'
    /** `status` with an error body. */
    | 'STATUS'
    /** The right answer, `delayMs` late. The request itself is late too unless it is `processed` at once. */
    | 'DELAY';
  /** Whether the venue does what was asked before things go wrong; true unless told. */
  readonly processed?: boolean;
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  readonly delayMs?: number;
}

/** Faults of the REST routes, met in the order they were added. */
export class RestFaults {
  private readonly armed: { fault: RestFault; left: number }[] = [];

  add(fault: RestFault): void {
    this.armed.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.armed.length = 0;
  }

  /** The fault that meets this request, if any. */
  take(route: string): RestFault | undefined {
    const entry = this.armed.find(({ fault, left }) => left > 0 && (fault.route ?? route) === route);
    if (entry) entry.left -= 1;
    return entry?.fault;
  }
}

/** Repeatable choices. */
export class Seeded {
  private state: number;

  constructor(seed: number) {
    this.state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  }

  /** A whole number from 0 to `below` - 1. Xorshift32, Marsaglia 2003. */
  below(below: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % below;
  }

  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  }
}
