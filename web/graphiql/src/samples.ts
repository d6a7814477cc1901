/** The operations that stand in the tabs of a first visit, in the order one would run them. */
export const samples: readonly { query: string; variables?: string }[] = [
  {
    query: `# 1. Put the printed password into the variables.
#    The token then goes into the field above.
mutation SignIn($input: SignInInput!) {
  signIn(input: $input) {
    accessToken
    refreshToken
    user { id email role }
    errors { message code }
  }
}`,
    variables: JSON.stringify({ input: { email: 'demo@candlewick.local', password: '' } }, null, 2),
  },
  {
    query: `# 2. Your bots and their latest trades.
query Bots {
  viewer { id email role }
  bots(first: 10) {
    nodes {
      id name symbol timeframe mode version
      state { status inPosition entryPrice positionSize dailyPnl dailyTradesCount }
      trades(first: 5) { nodes { id side price amount fee pnl executedAt } }
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
  },
  {
    query: `# 3. Each fill, the moment it happens.
subscription OrderFilled {
  orderFilled {
    __typename
    ... on StreamItem { cursor at }
    ... on OrderFilled {
      trade { id side price amount fee pnl executedAt }
      order { id clientOrderId status filledAmount version }
    }
  }
}`,
  },
  {
    query: `# 4. Bots as they start, trade and stop.
subscription BotStateChanged {
  botStateChanged(start: SNAPSHOT) {
    __typename
    ... on StreamItem { cursor at }
    ... on BotStateChanged {
      previousStatus
      bot { id name version state { status inPosition entryPrice dailyPnl dailyTradesCount } }
    }
  }
}`,
  },
  {
    query: `# 5. The simulated market, live.
subscription CandleUpdated {
  candleUpdated(market: { symbol: { exchange: "sim", symbol: "BTC/USDT" } }, timeframe: M1) {
    candle { openTime open high low close volume isClosed }
  }
}`,
  },
  {
    query: `# 6. Built-in strategies, and your own.
query Strategies {
  builtInStrategies { name description parameterSchema }
  strategies(first: 10) { nodes { id name kind parameters } }
}`,
  },
  {
    query: `# 7. A strategy; its id goes into the next tab.
mutation CreateStrategy {
  createStrategy(input: { name: "EMA 9/21", kind: BUILT_IN, builtIn: "ema-rsi", parameters: { emaFast: 9, emaSlow: 21 } }) {
    strategy { id name parameters }
    errors { message code path }
  }
}`,
  },
  {
    query: `# 8. A backtest over a simulated week; its id goes into the next tab.
mutation CreateBacktest($input: CreateBacktestInput!) {
  createBacktest(input: $input) {
    backtest { id status progressPercent }
    errors { message code path }
  }
}`,
    variables: JSON.stringify(
      {
        input: {
          strategyId: 'str_… (from CreateStrategy)',
          market: { symbol: { exchange: 'sim', symbol: 'BTC/USDT' } },
          timeframe: 'M5',
          from: '2026-10-01T00:00:00.000Z',
          to: '2026-10-08T00:00:00.000Z',
          initialCapital: '10000',
          feePercent: '0.1',
          positionSizePercent: '95',
          stopLossPercent: '2',
          takeProfitPercent: '4',
        },
      },
      null,
      2,
    ),
  },
  {
    query: `# 9. How the backtest goes, and at its end its numbers.
subscription JobProgressed($id: ID!) {
  jobProgressed(id: $id) {
    id status progressPercent
    ... on Backtest {
      failureReason finalCapital resultHash
      metrics { totalReturnPercent trades winRatePercent sharpeRatio maxDrawdownPercent }
    }
  }
}`,
    variables: JSON.stringify({ id: 'bt_… (from CreateBacktest)' }, null, 2),
  },
];
