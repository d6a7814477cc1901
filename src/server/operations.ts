import type { Express, Request } from 'express';
import { createHash, timingSafeEqual } from 'node:crypto';
import { tokenIn } from './callers.ts';
import type { Metrics } from './metrics.ts';

interface OperationsOptions {
  /** Whether everything behind the server works; the message says what does not. */
  readonly ready: () => Promise<void>;
  readonly isDraining: () => boolean;
  readonly metrics: Metrics;
  /** Who has it may read the metrics from anywhere. */
  readonly metricsToken: string | undefined;
}

/** What operators and their machines ask: does it live, does it want requests, how is it doing. */
export function operationsPages(app: Express, { ready, isDraining, metrics, metricsToken }: OperationsOptions): void {
  app.get('/health/live', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/health/ready', (_request, response, next) => {
    if (isDraining()) return void response.status(503).json({ status: 'unavailable', reason: 'shutting down' });
    ready()
      .then(
        () => response.json({ status: 'ok' }),
        (error: unknown) =>
          response.status(503).json({ status: 'unavailable', reason: error instanceof Error ? error.message : String(error) }),
      )
      .catch(next);
  });
  app.get('/metrics', (request, response, next) => {
    if (!mayRead(request, metricsToken)) return next();
    metrics.text().then((text) => response.type(metrics.contentType).send(text), next);
  });
}

const forwarding = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const;

/** With the token from anywhere; without one only from this machine, and not through a proxy that stands on it. */
function mayRead(request: Request, token: string | undefined): boolean {
  const given = tokenIn(request.headers.authorization);
  if (token !== undefined && given !== undefined) return timingSafeEqual(sha256(given), sha256(token));
  const { remoteAddress = '' } = request.socket;
  const isLocal = /^(::ffff:)?127\.|^::1$/.test(remoteAddress);
  return isLocal && !forwarding.some((name) => name in request.headers);
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
