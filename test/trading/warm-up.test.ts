import { describe, expect, it } from 'vitest';
import { ParameterError } from '../../src/trading/errors.ts';
import { ema } from '../../src/trading/indicators/ema.ts';
import { compileRules, readRules } from '../../src/trading/rules/index.ts';
import { bindStrategy } from '../../src/trading/strategy.ts';
import { builtInStrategies, builtInStrategy } from '../../src/trading/strategies/index.ts';
import { requireDecision } from '../../src/trading/warm-up.ts';

const rulesOn = (period: number) =>
  compileRules(
    readRules({
      enterLong: {
        above: { left: { price: { source: 'CLOSE' } }, right: { indicator: { name: 'SMA', parameters: { period } } } },
      },
      exitLong: { below: { left: { price: { source: 'CLOSE' } }, right: { constant: 1 } } },
    }),
  );

/** How a look-back was refused; null when it was not. */
function refusal(act: () => unknown): { path: string; message: string } | null {
  try {
    act();
    return null;
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    return { path: error.path.join('.'), message: error.message };
  }
}

describe('a look-back that is longer than there are candles', () => {
  it.each(builtInStrategies.map((strategy) => [strategy.name, strategy] as const))(
    '%s: one candle decides',
    (_name, strategy) => {
      const bound = bindStrategy(strategy, {});
      expect(refusal(() => requireDecision(bound, bound.firstDecision + 1))).toBeNull();
      expect(refusal(() => requireDecision(bound, bound.firstDecision))).toMatchObject({
        path: 'parameters',
        message: expect.stringContaining(
          `strategy "${strategy.name}" needs ${bound.firstDecision + 1} candles before it decides`,
        ),
      });
    },
  );

  it('names the slowest indicator, and says what to do', () => {
    const bound = bindStrategy(builtInStrategy('macd-trend'), { trendPeriod: 5_000 });
    expect(refusal(() => requireDecision(bound, 300, ['input', 'parameters']))).toEqual({
      path: 'input.parameters',
      message:
        'strategy "macd-trend" needs 5001 candles before it decides, its slowest indicator being EMA(5000); there are only 300: choose a longer period or a shorter look-back',
    });
  });

  it('is one of rules, too', () => {
    expect(refusal(() => requireDecision(bindStrategy(rulesOn(900), {}), 300))?.message).toContain(
      'SMA(900); there are only 300',
    );
  });
});

describe('a look-back beyond its limit', () => {
  it.each([
    ['ema-rsi', { emaSlow: 5_001 }, 'parameters.emaSlow', 'emaSlow 5001 of strategy "ema-rsi" exceeds its limit 5000'],
    [
      'sma-cross',
      { fastPeriod: 1_001 },
      'parameters.fastPeriod',
      'fastPeriod 1001 of strategy "sma-cross" exceeds its limit 1000',
    ],
    ['rsi-reversion', { rsiPeriod: 1e9 }, 'parameters.rsiPeriod', 'rsiPeriod 1000000000 of strategy "rsi-reversion" exceeds'],
    ['macd-trend', { trendPeriod: 5_001 }, 'parameters.trendPeriod', 'exceeds its limit 5000'],
    ['bollinger-reversion', { period: 5_001 }, 'parameters.period', 'exceeds its limit'],
    ['donchian-breakout', { entryPeriod: 5_001 }, 'parameters.entryPeriod', 'exceeds its limit 5000'],
    ['supertrend', { period: 1_001 }, 'parameters.period', 'exceeds its limit 1000'],
  ])('%s with %j is refused', (name, parameters, path, message) => {
    expect(refusal(() => bindStrategy(builtInStrategy(name), parameters))).toMatchObject({
      path,
      message: expect.stringContaining(message),
    });
  });

  it('in rules is refused with the path of the indicator', () => {
    expect(refusal(() => rulesOn(100_001))).toMatchObject({
      path: 'rules.enterLong.above.right.indicator.parameters.period',
      message: expect.stringContaining('period 100001 of indicator SMA exceeds its limit'),
    });
  });

  it('of an indicator itself is refused, too', () => {
    expect(refusal(() => ema(100_001))).toMatchObject({ path: 'period', message: expect.stringContaining('from 1 to 100000') });
  });
});
