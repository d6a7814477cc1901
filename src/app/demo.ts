import { randomBytes } from 'node:crypto';
import { User } from '../entities/identity/User.ts';
import type { BotService } from '../services/bots/bot-service.ts';
import type { Database } from '../services/database/index.ts';
import type { StrategyService } from '../services/strategies/strategy-service.ts';
import type { UserService } from '../services/users/user-service.ts';
import type { Viewer } from '../services/viewer.ts';
import { Decimal } from '../trading/money.ts';

export interface DemoAccount {
  readonly email: string;
  readonly password: string;
}

interface DemoParts {
  readonly database: Database;
  readonly users: UserService;
  readonly strategies: StrategyService;
  readonly bots: BotService;
}

const email = 'demo@candlewick.local';

/** Averages so short that they cross every few candles: something to see within seconds, nothing to earn money with. */
const fast = { emaFast: 2, emaSlow: 5, rsiPeriod: 5, rsiOverbought: 100, rsiOversold: 0, rsiExit: null };

const bots = [
  { name: 'demo BTC', symbol: 'BTC/USDT' },
  { name: 'demo ETH', symbol: 'ETH/USDT' },
];

/**
 * On a database without accounts: a demo account with two paper bots on the simulated market, started.
 * @returns the account, whose password is told this once; undefined when there are accounts already
 */
export async function furnishDemo({
  database,
  users,
  strategies,
  bots: botService,
}: DemoParts): Promise<DemoAccount | undefined> {
  const { value } = await database.systemRows().countUpTo(User, undefined, 1);
  if (value > 0) return undefined;
  const password = randomBytes(9).toString('base64url');
  const user = await users.createUser({ email, password }, {});
  const viewer: Viewer = { userId: user.id, role: user.role, scopes: ['READ', 'TRADE'] };
  const strategy = await strategies.create(viewer, {
    name: 'demo: quick averages',
    kind: 'BUILT_IN',
    builtIn: 'ema-rsi',
    parameters: fast,
  });
  for (const { name, symbol } of bots) {
    const bot = await botService.create(viewer, {
      name,
      strategyId: strategy.id,
      market: { exchange: 'sim', symbol },
      timeframe: 'M1',
      mode: 'PAPER',
      risk: {
        initialCapital: new Decimal(10_000),
        positionSizePercent: new Decimal(95),
        stopLossPercent: new Decimal(2),
        takeProfitPercent: new Decimal(4),
      },
    });
    await botService.start(viewer, bot.id);
  }
  return { email, password };
}
