import { request as httpRequest, type IncomingMessage } from 'node:http';

/** One event of a stream, or (`comment`) a line that says nothing. */
export interface RawEvent {
  readonly event: string;
  readonly data: unknown;
}

/** A stream of Server-Sent Events, read by hand. */
export interface RawEvents {
  readonly response: IncomingMessage;
  readonly status: number;
  readonly events: RawEvent[];
  /** All that came. */
  text(): string;
  /** Resolves when the response has ended or was cut off. */
  readonly ended: Promise<void>;
  leave(): void;
}

interface RawRequest {
  readonly method?: 'GET' | 'POST';
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Appended to the address. */
  readonly search?: string;
}

/** Asks for events with exactly these headers and this body. */
export function requestEvents(
  url: string,
  { method = 'POST', token, headers, body, search = '' }: RawRequest,
): Promise<RawEvents> {
  const target = new URL(url.replace('localhost', '127.0.0.1'));
  target.search = search;
  return new Promise((resolve, reject) => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const all = { accept: 'text/event-stream', ...authorization, ...headers };
    const request = httpRequest(target, { method, headers: all, agent: false }, (response) => {
      let text = '';
      let read = 0;
      const events: RawEvent[] = [];
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        for (let end = text.indexOf('\n\n', read); end >= 0; end = text.indexOf('\n\n', read)) {
          const message = text.slice(read, end);
          read = end + 2;
          const [, event, data] = /^event: (\w+)\ndata:(.*)$/.exec(message) ?? [];
          if (event !== undefined) events.push({ event, data: data === '' ? null : JSON.parse(data) });
        }
      });
      const ended = new Promise<void>((end) => response.once('close', end));
      response.on('error', () => {});
      resolve({ response, status: response.statusCode ?? 0, events, text: () => text, ended, leave: () => request.destroy() });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** The usual request: a document as JSON. */
export const openEvents = (
  url: string,
  query: string,
  token?: string,
  variables: Record<string, unknown> = {},
): Promise<RawEvents> =>
  requestEvents(url, {
    ...(token === undefined ? {} : { token }),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
