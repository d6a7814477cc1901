import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PaperExchange } from '../../../../src/services/exchanges/paper/paper-exchange.ts';
import type { Execution as Told } from '../../../../src/services/exchanges/port/orders.ts';
import { runBacktest } from '../../../../src/trading/backtest.ts';
import type { Candle } from '../../../../src/trading/candle.ts';
import { slipped } from '../../../../src/trading/fills.ts';
import { decimal } from '../../../../src/trading/money.ts';
import { readTradingOptions, type SimulationOptions, type TradingOptions } from '../../../../src/trading/options.ts';
import { ExitReason } from '../../../../src/trading/position.ts';
import { candlesOf } from '../../../../src/trading/series.ts';
import { type OrderRequest, type SessionEffect, type SessionTrade, TradingSession } from '../../../../src/trading/session.ts';
import { bindStrategy, type BoundStrategy, Decision, defineStrategy } from '../../../../src/trading/strategy.ts';
import { account, minute, rules, ScriptedMarket, start, symbol } from './scripted-market.ts';
import { MemoryPaperStore } from './memory-store.ts';

/** Decides by the last digits of the close, so that random candles give all decisions in all orders. */
const dice = defineStrategy({
  name: 'dice',
  description: 'Random decisions that depend on nothing but the candle.',
  parameters: {},
  indicators: () => ({}),
  lookBack: 0,
  decide({ candles, shorts }) {
    return (index) => {
      const face = Math.round(candles.close[index] * 100) % 10;
      if (face < 3) return Decision.ENTER_LONG;
      if (face < 5) return shorts ? Decision.ENTER_SHORT : Decision.EXIT;
      return face < 6 ? Decision.EXIT : Decision.HOLD;
    };
  },
});

type Options = Partial<TradingOptions> & Pick<SimulationOptions, 'targetGap'> & { fillModel: 'PESSIMISTIC' | 'OHLC_PATH' };

/** The smallest bot there is: the session decides, the paper exchange fills, one candle after the other. */
class PaperBot {
  readonly trades: SessionTrade[] = [];
  private readonly market = new ScriptedMarket();
  private readonly session: TradingSession;
  private readonly options: TradingOptions;
  private exchange!: PaperExchange;
  private told: Told[] = [];
  private waiting: OrderRequest[] = [];
  private readonly reasons = new Map<string, ExitReason>();
  private protection: string[] = [];
  private ids = 0;
  private candleOpen = 0;

  constructor(strategy: BoundStrategy, options: TradingOptions) {
    this.options = options;
    this.session = TradingSession.onHistory({ strategy, options, timeframe: 'M1' }, candlesOf([]));
  }

  async run(candles: readonly Candle[], { fillModel, targetGap }: Options): Promise<void> {
    const { options } = this;
    this.exchange = await PaperExchange.open({
      account: account({
        marketType: options.marketType,
        leverage: options.leverage,
        initialBalances: { USDT: decimal(options.initialCapital) },
        feePercent: options.feePercent,
        makerFeePercent: options.makerFeePercent,
        slippagePercent: options.slippagePercent,
        fillModel,
        targetGap,
        maintenanceMarginPercent: options.maintenanceMarginPercent,
        liquidationFeePercent: options.liquidationFeePercent,
      }),
      market: this.market,
      store: new MemoryPaperStore(),
      symbols: [symbol],
    });
    this.exchange.subscribeExecutions((execution) => this.told.push(execution));
    for (const [index, { open, high, low, close }] of candles.entries()) {
      this.candleOpen = start + index * minute;
      this.market.open(index, open);
      await this.exchange.settled();
      for (const order of this.waiting.splice(0)) await this.submit(order, open);
      this.market.close(index, open, high, low, close);
      await this.exchange.settled();
      while (this.told.length > 0) {
        await this.listen(open);
        await this.exchange.settled();
      }
      this.candleOpen += minute;
      await this.act(this.session.handle({ type: 'CANDLE_CLOSED', candle: candles[index] }), undefined);
    }
    await this.exchange.close();
  }

  private async submit(order: OrderRequest, open: number): Promise<void> {
    const entry = order.leg === 'ENTRY';
    const quantity = entry
      ? this.session.entryQuantity(slipped(open, order.side === 'BUY', this.options.slippagePercent / 100))
      : (order.quantity ?? 0);
    if (quantity === 0) {
      await this.act(this.session.handle({ type: 'ORDER_ENDED', leg: order.leg }), open);
      return;
    }
    await this.place({ side: order.side, type: 'MARKET', amount: decimal(quantity), reduceOnly: !entry }, order.reason);
    await this.listen(open);
  }

  private async place(
    order: {
      side: 'BUY' | 'SELL';
      type: 'MARKET' | 'STOP' | 'LIMIT';
      amount: ReturnType<typeof decimal>;
      reduceOnly: boolean;
      price?: number;
      stopPrice?: number;
    },
    reason: ExitReason | null,
  ): Promise<string> {
    const clientOrderId = `order-${++this.ids}`;
    if (reason !== null) this.reasons.set(clientOrderId, reason);
    const { price, stopPrice, ...rest } = order;
    await this.exchange.submit({
      clientOrderId,
      symbol,
      ...rest,
      ...(price !== undefined && { price: decimal(price) }),
      ...(stopPrice !== undefined && { stopPrice: decimal(stopPrice) }),
      decidedAt: this.candleOpen,
    });
    return clientOrderId;
  }

  /** Tells the session of the fills that came in. */
  private async listen(open: number): Promise<void> {
    for (let next = this.told.shift(); next; next = this.told.shift()) {
      const { order, fill } = next;
      if (!fill) continue;
      const exits = order.reduceOnly;
      const long = exits === (order.side === 'SELL');
      const execution = {
        leg: exits ? ('EXIT' as const) : ('ENTRY' as const),
        positionSide: long ? ('LONG' as const) : ('SHORT' as const),
        price: fill.price.toNumber(),
        quantity: fill.amount.toNumber(),
        fee: fill.fee.toNumber(),
        liquidity: fill.liquidity,
        reason: exits ? (this.reasons.get(order.clientOrderId) ?? ExitReason.LIQUIDATION) : null,
        at: fill.at,
        complete: order.status === 'FILLED',
      };
      await this.act(this.session.handle({ type: 'EXECUTION', execution }), open);
    }
  }

  private async act(effects: readonly SessionEffect[], open: number | undefined): Promise<void> {
    for (const effect of effects) {
      if (effect.type === 'CLOSED') this.trades.push(effect.trade);
      if (effect.type === 'SUBMIT' && open === undefined) this.waiting.push(effect.order);
      if (effect.type === 'SUBMIT' && open !== undefined) await this.submit(effect.order, open);
      if (effect.type !== 'PROTECT') continue;
      for (const id of this.protection.splice(0)) await this.exchange.cancel(symbol, id);
      const levels = effect.protection;
      if (!levels) continue;
      const side = levels.positionSide === 'LONG' ? 'SELL' : 'BUY';
      const amount = decimal(levels.quantity);
      const common = { side, amount, reduceOnly: true } as const;
      if (levels.stop !== null)
        this.protection.push(await this.place({ ...common, type: 'STOP', stopPrice: levels.stop }, levels.stopReason));
      if (levels.target !== null)
        this.protection.push(await this.place({ ...common, type: 'LIMIT', price: levels.target }, ExitReason.TAKE_PROFIT));
    }
  }
}

const tenths = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: min * 10, max: max * 10 }).map((x) => x / 10);

const candles = fc
  .array(
    fc.record({
      gap: fc.oneof(fc.constant(0), tenths(-6, 6)),
      up: tenths(0, 6),
      down: tenths(0, 6),
      close: fc.integer({ min: 0, max: 100 }),
    }),
    { minLength: 5, maxLength: 60 },
  )
  .map((steps) => {
    let last = 100;
    return steps.map(({ gap, up, down, close }, index): Candle => {
      const cents = (value: number): number => Math.round(Math.max(20, value) * 100) / 100;
      const open = cents(last * (1 + gap / 100));
      const high = Math.max(open, cents(open * (1 + up / 100)));
      const low = Math.min(open, cents(open * (1 - down / 100)));
      last = cents(low + ((high - low) * close) / 100);
      return {
        openTime: start + index * minute,
        open,
        high: Math.max(high, last),
        low: Math.min(low, last),
        close: last,
        volume: 1,
      };
    });
  });

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });

/**
 * With OPEN the exit that a backtest has decided comes before the stop that the open gaps through. A bot sends it when it knows that open,
 * and the stop has been hit by then.
 */
const options: fc.Arbitrary<Options> = fc
  .record({
    stopLossPercent: maybe(tenths(0.5, 6)),
    takeProfitPercent: maybe(tenths(0.5, 6)),
    trailingStopPercent: maybe(tenths(0.5, 6)),
    slippagePercent: fc.constantFrom(0, 0.1, 1),
    feePercent: fc.constantFrom(0, 0.1),
    makerFeePercent: maybe(fc.constantFrom(0, 0.02)),
    positionSizePercent: fc.constantFrom(10, 95, 100),
    stopAnchor: fc.constantFrom('ENTRY_FILL' as const, 'SIGNAL_CLOSE' as const),
    fillModel: fc.constantFrom('PESSIMISTIC' as const, 'OHLC_PATH' as const),
    targetGap: fc.constantFrom('LEVEL' as const, 'OPEN' as const),
  })
  .map((chosen) => (chosen.targetGap === 'OPEN' ? { ...chosen, stopLossPercent: null, trailingStopPercent: null } : chosen));

async function both(
  series: readonly Candle[],
  chosen: Options,
): Promise<{ paper: SessionTrade[]; backtest: readonly SessionTrade[] }> {
  const { fillModel, targetGap, ...rest } = chosen;
  const trading = readTradingOptions({
    ...rest,
    quantityStep: rules.stepSize.toNumber(),
    minNotional: rules.minNotional.toNumber(),
  });
  const bot = new PaperBot(bindStrategy(dice, {}), trading);
  await bot.run(series, chosen);
  const result = runBacktest(candlesOf(series), { ...trading, fillModel, targetGap, strategy: dice, timeframe: 'M1' });
  return { paper: bot.trades, backtest: result.trades };
}

/**
 * What a trade is, to the last digit. Numbering is each one's own; how far the price went inside the candle of the exit (MAE, MFE) is the
 * backtest's belief about the path, which fills do not tell. Ledger columns end at the 18th decimal place, and so do fees here. Where all was lost the last
 * fee is what was left: a small difference of large amounts, of which doubles have fewer digits than decimals.
 */
function essence(trade: SessionTrade): object {
  const { side, quantity, entryTime, exitTime, entryPrice, exitPrice, fees, pnl, pnlPercent, exitReason, candles } = trade;
  const digits = pnlPercent < -99.9 ? { fee: 9, pnl: 12 } : { fee: 12, pnl: 17 };
  return {
    side,
    quantity,
    entryTime,
    exitTime,
    entryPrice,
    exitPrice,
    fees: Number(fees.toFixed(digits.fee)),
    pnl: Number(pnl.toPrecision(digits.pnl)),
    pnlPercent: Number(pnlPercent.toPrecision(digits.pnl)),
    exitReason,
    candles,
  };
}

describe('a paper bot and a backtest on the same candles', () => {
  it.each([
    ['spot', fc.constant({ marketType: 'SPOT', leverage: 1 } as const)],
    ['futures', fc.record({ marketType: fc.constant('FUTURES' as const), leverage: fc.constantFrom(1, 3, 20) })],
  ])('make the same trades to the last digit on %s', async (_, market) => {
    let trades = 0;
    const same = fc.asyncProperty(candles, options, market, async (series, chosen, kind) => {
      const { paper, backtest } = await both(series, { ...chosen, ...kind });
      trades += backtest.length;
      expect(paper.map(essence)).toEqual(backtest.map(essence));
    });
    await expect(fc.assert(same, { numRuns: 300 })).resolves.toBeUndefined();
    expect(trades).toBeGreaterThan(500);
  });
});
