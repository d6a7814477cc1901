import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';

interface TokenResult {
  data?: Record<string, { accessToken?: string | null } | null> | null;
}

/**
 * Sends operations with the token, over HTTP and in the WebSocket's connection_init alike.
 * @param onToken called with the access token that a sign-in answered
 */
export function fetcherWith(token: string, onToken: (token: string) => void): Fetcher {
  const headers: Record<string, string> = token === '' ? {} : { authorization: `Bearer ${token}` };
  const url = `${location.origin}/graphql`;
  const fetchAndWatch: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    const body = (await response
      .clone()
      .json()
      .catch(() => ({}))) as TokenResult;
    const found = Object.values(body.data ?? {}).find((result) => typeof result?.accessToken === 'string')?.accessToken;
    if (found) onToken(found);
    return response;
  };
  return createGraphiQLFetcher({
    url,
    subscriptionUrl: url.replace(/^http/, 'ws'),
    headers,
    wsConnectionParams: headers,
    fetch: fetchAndWatch,
  });
}
