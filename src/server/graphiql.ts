import express, { type Express } from 'express';
import { join } from 'node:path';

/**
 * GraphiQL for people who open the endpoint in a browser: built from npm files, served from the disk, nothing from elsewhere.
 * Its content policy holds it to that.
 */
export function graphiqlPage(app: Express, path: string, folder: string): void {
  const policy = [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "worker-src 'self' blob:",
    "connect-src 'self' ws: wss:",
    "frame-ancestors 'none'",
  ].join('; ');
  app.use('/graphiql', express.static(folder, { index: false, immutable: true, maxAge: '1y' }));
  app.get(path, (request, response, next) => {
    if (request.query['query'] !== undefined || !request.accepts(['application/json', 'text/html'])) return next();
    if (request.accepts(['application/graphql-response+json', 'application/json', 'text/html']) !== 'text/html') return next();
    response.setHeader('content-security-policy', policy);
    response.setHeader('cache-control', 'no-cache');
    response.sendFile(join(folder, 'index.html'));
  });
}
