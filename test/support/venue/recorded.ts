import type { CcxtClient } from '../../../src/services/exchanges/ccxt/client.ts';
import { symbolInfo } from './binance/symbol-info.ts';
import { instrumentJson } from './bybit/json.ts';
import { pairJson } from './kraken/json.ts';
import { pairOf } from './kraken/names.ts';
import { btcusdt, ethusdt } from './symbols.ts';

/** Answers, by a part of the address that is asked. */
export type Payloads = Readonly<Record<string, unknown>>;

type Read = (response: object, url: string, method: string, headers?: unknown, body?: unknown) => Promise<unknown>;

const at = 1_700_000_000_000;
const symbols = [btcusdt, ethusdt];

/** What every client asks before anything else: the time and the markets. */
const beginnings: Readonly<Record<string, Payloads>> = {
  binance: {
    '/api/v3/time': { serverTime: at },
    '/api/v3/exchangeInfo': { timezone: 'UTC', serverTime: at, symbols: symbols.map((symbol) => symbolInfo(symbol)) },
  },
  kraken: {
    '/0/public/Time': { error: [], result: { unixtime: at / 1_000 } },
    '/0/public/AssetPairs': {
      error: [],
      result: Object.fromEntries(symbols.map((symbol) => [pairOf(symbol), pairJson(symbol)])),
    },
  },
  bybit: {
    '/v5/market/time': bybitAnswer({ timeSecond: String(at / 1_000), timeNano: `${at}000000` }),
    '/v5/market/instruments-info': bybitAnswer({ category: 'spot', list: symbols.map(instrumentJson) }),
    '/v5/user/query-api': bybitAnswer({
      id: '1',
      readOnly: 0,
      unified: 0,
      uta: 1,
      permissions: { Spot: ['SpotTrade'], Wallet: [] },
    }),
    '/v5/account/info': bybitAnswer({ unifiedMarginStatus: 6, marginMode: 'REGULAR_MARGIN' }),
  },
};

export function bybitAnswer(result: unknown): object {
  return { retCode: 0, retMsg: 'OK', result, retExtInfo: {}, time: at };
}

/**
 * A client that is answered from payloads instead of the network: what is tested is how ccxt and the adapter read them. To be handed over as
 * `prepare`.
 */
export function answeredWith(payloads: Payloads): (client: CcxtClient) => void {
  return (client) => {
    (client as unknown as { enableRateLimit: boolean }).enableRateLimit = false;
    const all: Payloads = { ...beginnings[client.id], ...payloads };
    const read = (client as unknown as { handleRestResponse: Read }).handleRestResponse.bind(client);
    client.fetch = async (url, method = 'GET', headers, body) => {
      const key = Object.keys(all).findLast((part) => url.includes(part));
      if (key === undefined) throw new Error(`nothing was recorded for ${method} ${url}`);
      const payload = all[key];
      const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
      return read(
        { status: 200, statusText: 'OK', headers: new Map(), text: () => Promise.resolve(text) },
        url,
        method,
        headers,
        body,
      );
    };
  };
}
