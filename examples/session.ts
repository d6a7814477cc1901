/*
 * One session of a client: signs in, runs a backtest, reads its numbers, then follows bots and fills line by line.
 * npx tsx examples/session.ts EMAIL PASSWORD [URL]
 */
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

const [email, password, url = 'http://localhost:4000/graphql'] = process.argv.slice(2);
if (!email || !password) {
  console.error('usage: npx tsx examples/session.ts EMAIL PASSWORD [URL]');
  process.exit(2);
}
let token = '';
// A refusal, or a server that is not there, is told in a sentence and not with a stack.
process.on('uncaughtException', ({ message, cause }) => {
  console.error(cause instanceof Error ? `${url}: ${message} (${cause.message})` : message);
  process.exit(1);
});

interface Answer {
  data: Record<string, Record<string, never>> | null;
  errors?: { message: string }[];
}

/** Sends one operation and answers its first root field; what a user has to mend ends the session with a sentence. */
async function send(query: string, variables: object = {}): Promise<Record<string, never>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors = [] } = (await response.json()) as Answer;
  const result = Object.values(data ?? {})[0];
  const wrong = [...errors, ...((result?.['errors'] ?? []) as { message: string }[])];
  if (wrong.length > 0) throw new Error(wrong.map(({ message }) => message).join('; '));
  return result;
}

const signedIn = await send('mutation ($input: SignInInput!) { signIn(input: $input) { accessToken errors { message } } }', {
  input: { email, password },
});
token = signedIn['accessToken'];
const socket = createClient({
  url: url.replace('http', 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: () => ({ authorization: `Bearer ${token}` }),
});

const { strategy } = await send(
  'mutation ($input: CreateStrategyInput!) { createStrategy(input: $input) { strategy { id } errors { message } } }',
  { input: { name: `EMA 9/21 ${Date.now()}`, kind: 'BUILT_IN', builtIn: 'ema-rsi', parameters: { emaFast: 9, emaSlow: 21 } } },
);
const { backtest } = await send(
  'mutation ($input: CreateBacktestInput!) { createBacktest(input: $input) { backtest { id } errors { message } } }',
  {
    input: {
      strategyId: (strategy as { id: string }).id,
      market: { symbol: { exchange: 'sim', symbol: 'BTC/USDT' } },
      timeframe: 'H1',
      from: '2025-01-01T00:00:00Z',
      to: '2026-01-01T00:00:00Z',
      initialCapital: '10000',
      feePercent: '0.1',
      positionSizePercent: '95',
      stopLossPercent: '2',
      takeProfitPercent: '4',
    },
  },
);
const { id } = backtest as { id: string };

for await (const { data } of socket.iterate<{ jobProgressed: { status: string; progressPercent: string } }>({
  query: 'subscription ($id: ID!) { jobProgressed(id: $id) { status progressPercent } }',
  variables: { id },
}))
  console.log(`backtest ${data?.jobProgressed.status} ${data?.jobProgressed.progressPercent} %`);

const result = await send(
  `query ($id: ID!) { backtest(id: $id) { finalCapital resultHash
     metrics { totalReturnPercent trades winRatePercent profitFactor sharpeRatio maxDrawdownPercent fees buyAndHoldReturnPercent } } }`,
  { id },
);
console.log(result);

let left = 6;
for await (const { data } of socket.iterate<{
  accountChanged: {
    __typename: string;
    trade?: { side: string; amount: string; price: string };
    bot?: { name: string; state: { status: string; dailyPnl: string } };
  };
}>({
  query: `subscription { accountChanged { __typename
    ... on OrderFilled { trade { side amount price } }
    ... on BotStateChanged { bot { name state { status dailyPnl } } } } }`,
})) {
  const item = data?.accountChanged;
  if (item?.trade) console.log(`filled: ${item.trade.side} ${item.trade.amount} at ${item.trade.price}`);
  else if (item?.bot) console.log(`${item.bot.name}: ${item.bot.state.status}, today ${item.bot.state.dailyPnl} USDT`);
  else continue;
  if (--left === 0) break;
}
await socket.dispose();
