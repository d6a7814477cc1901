/** The web client's page of bots, as in the contract. */
export const nested = `query Bots($first: Int) {
  bots(first: $first) {
    nodes {
      id name symbol timeframe mode version
      state { status inPosition entryPrice positionSize stopLossPrice takeProfitPrice trailingStopPrice dailyPnl dailyTradesCount lastErrorMessage }
      trades(first: 20) { nodes { id side price amount fee pnl executedAt } }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const byId = `query Bot($id: ID!) { bot(id: $id) { id name symbol timeframe mode version } }`;

export const botFields = ['id', 'name', 'symbol', 'timeframe', 'mode', 'version'] as const;
