import { expect, it } from 'vitest';
import { readBacktestOptions, readTradingOptions } from '../../src/trading/options.ts';

it('options have the defaults that are promised', () => {
  expect(readBacktestOptions({})).toEqual({
    marketType: 'SPOT',
    leverage: 1,
    initialCapital: 10_000,
    feePercent: 0.1,
    makerFeePercent: null,
    slippagePercent: 0,
    positionSizePercent: 95,
    positionSizeFixed: null,
    stopLossPercent: null,
    takeProfitPercent: null,
    trailingStopPercent: null,
    stopAnchor: 'ENTRY_FILL',
    quantityStep: 1e-8,
    minNotional: 0,
    maintenanceMarginPercent: 0.5,
    liquidationFeePercent: 1.25,
    maxDailyLossPercent: null,
    dailyTargetPercent: null,
    maxDailyTrades: null,
    cooldownCandles: 0,
    stopLossGuardCount: null,
    stopLossGuardCandles: 100,
    maxDrawdownPercent: null,
    fillAt: 'NEXT_OPEN',
    targetGap: 'LEVEL',
    entryFee: 'WITHIN_SIZE',
    takeProfitOf: 'PRICE',
    guardsFrom: 'ENTRY_CANDLE',
    fillModel: 'PESSIMISTIC',
    entryType: 'MARKET',
    entryOffsetPercent: 0,
    entryCandles: 1,
    limitTradeThrough: 0,
    maxVolumePercent: null,
    stopLimitPercent: null,
    spreadPercent: 0,
    fundingRatePercent: 0,
    fundingHours: 8,
    closeAtEnd: false,
    annualDays: null,
    maxMissingPercent: null,
  });
});

it('a bot has no use for what only a backtest is asked', () => {
  expect(Object.keys(readTradingOptions({}))).not.toContain('fillAt');
  for (const asked of [{ fillAt: 'NEXT_OPEN' }, { entryType: 'LIMIT' }, { maxVolumePercent: 5 }]) {
    const [name] = Object.keys(asked);
    expect(() => readTradingOptions(asked as object, ['input', 'risk'])).toThrow(
      expect.objectContaining({
        name: 'ParameterError',
        path: ['input', 'risk', name],
        message: `${name} is asked of backtests only: a bot enters at the market, and its exchange says how orders are filled`,
      }),
    );
  }
});

it('a bot on spot has no leverage either', () => {
  expect(() => readTradingOptions({ leverage: 3 }, ['input', 'risk'])).toThrow(
    expect.objectContaining({
      path: ['input', 'risk', 'leverage'],
      message: 'leverage 3 needs marketType FUTURES; on SPOT it is 1',
    }),
  );
});

it.each(['makerFeePercent', 'positionSizeFixed', 'stopLossPercent', 'maxDailyTrades', 'stopLossGuardCount', 'annualDays'])(
  '%s can be switched off',
  (name) => {
    expect(readBacktestOptions({ [name]: null })).toMatchObject({ [name]: null });
  },
);
