/** The slice of the API that the other servers answer, over the hand-written rows. */
export const typeDefs = `
  type Query { bots(first: Int): BotConnection! bot(id: ID!): Bot }
  type BotConnection { nodes: [Bot!]! pageInfo: PageInfo! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Bot { id: ID! name: String! symbol: String! timeframe: String! mode: String! version: Int! state: BotState! trades(first: Int): TradeConnection! }
  type BotState {
    status: String! inPosition: Boolean! entryPrice: String positionSize: String stopLossPrice: String takeProfitPrice: String trailingStopPrice: String
    dailyPnl: String! dailyTradesCount: Int! lastErrorMessage: String
  }
  type TradeConnection { nodes: [Trade!]! }
  type Trade { id: ID! side: String! price: String! amount: String! fee: String! pnl: String! executedAt: String! }
`;
