import { conditionText } from '../../trading/rules/index.ts';
import { timeframeText } from '../../trading/timeframe.ts';
import type { AlertCondition } from './conditions.ts';

/** A condition in words; what it is about, its market or bot, is told beside it. */
export function alertText(condition: AlertCondition): string {
  switch (condition.kind) {
    case 'PRICE': {
      const { direction, price } = condition;
      return direction === 'CROSSES' ? `the price crosses ${price}` : `the price is ${reached(direction)} ${price}`;
    }
    case 'MOVE': {
      const { direction, percent, windowSeconds } = condition;
      return `the price ${moves[direction]} ${percent} % within ${spanText(windowSeconds)}`;
    }
    case 'INDICATOR':
      return `${conditionText(condition.rule)}, on closed candles of ${timeframeText(condition.timeframe)}`;
    case 'PNL': {
      const { measure, direction, amount } = condition;
      return `${measure === 'DAY' ? 'the profit of the day' : 'the profit of the position'} is ${reached(direction)} ${amount}`;
    }
    case 'DRAWDOWN':
      return `the equity is ${condition.percent} % or more below its highest since the alert was made`;
    case 'BOT_ERROR':
      return 'a bot fails';
    case 'ORDER_FILLED':
      return 'an order is executed, whole or in part';
    case 'WARNING':
      return condition.level === 'ERROR' ? 'the log has an error' : 'the log has a warning or an error';
  }
}

const moves = { RISE: 'rises by', FALL: 'falls by', EITHER: 'moves by' } as const;

function reached(direction: 'ABOVE' | 'BELOW'): string {
  return direction === 'ABOVE' ? 'at or above' : 'at or below';
}

/** "1 h 30 min": seconds for people. */
function spanText(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'min'],
    [seconds % 60, 's'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
