import { beforeAll, expect, it } from 'vitest';
import { BotState } from '../../src/entities/trading/BotState.ts';
import { ClosedTrade } from '../../src/entities/trading/ClosedTrade.ts';
import { Position } from '../../src/entities/trading/Position.ts';
import { Trade } from '../../src/entities/trading/Trade.ts';
import type { Database } from '../../src/services/database/index.ts';
import { accountingDifferences, ledgerOf } from '../../src/services/reconciliation/accounting.ts';
import type { Viewer } from '../../src/services/viewer.ts';
import { canonical, type Decimal, decimal } from '../../src/trading/money.ts';
import { describeOnEachDatabase } from '../support/databases.ts';
import { checkEvents, checkLedger, paperBooks } from './support/invariants.ts';
import { minute, World } from './support/world.ts';

const midnight = Date.UTC(2026, 0, 6);
const symbol = 'BTC/USDT:USDT';

describeOnEachDatabase('a paper bot on a perpetual', (open) => {
  let database: Database;
  let ann: Viewer;

  beforeAll(async () => {
    database = await open();
    ann = await (await new World(database).seed()).newViewer();
  });

  const positionOf = (id: string): Promise<Position> => database.system().findOneOrFail(Position, { bot: id });
  const usdt = async (id: string): Promise<Decimal> => decimal((await paperBooks(database, id)).balances['USDT']);
  /** What 0.01 % of the position comes to at the open of the candle of a moment. */
  const due = async ({ sim }: World, { quantity }: Position, at: number): Promise<Decimal> => {
    const { open: price } = await sim.history(symbol, 'M1', at, at + minute);
    return quantity.mul(decimal(price[0])).mul('0.0001').toDecimalPlaces(18);
  };

  it('pays funding every eight hours, also what was due while nobody ran it, and its books add up', async () => {
    const world = new World(database, midnight - 20 * minute);
    const strategy = await world.strategies.create(ann, { name: 'hold', kind: 'BUILT_IN', builtIn: 'buy-and-hold' });
    const risk = { initialCapital: decimal(10_000), stopLossPercent: decimal(30), leverage: decimal(2) };
    const id = await world.newBot(ann, { strategyId: strategy.id, market: { exchange: 'sim', symbol }, risk });
    await world.supervisor.start();
    await world.bots.start(ann, id);
    await world.settled();
    await world.pass(19 * minute);
    expect(await positionOf(id)).toMatchObject({ isOpen: true, marketType: 'FUTURES', fundedAt: null });
    expect(canonical((await positionOf(id)).funding)).toBe('0');
    const before = await positionOf(id);
    await world.pass(3 * minute);
    const first = await due(world, before, midnight);
    const paid = await positionOf(id);
    expect([canonical(paid.funding), paid.fundedAt]).toEqual([canonical(first), new Date(midnight)]);
    // The fee of the entry and the funding are all that was realised so far.
    expect(canonical(before.realizedPnl.sub(paid.realizedPnl))).toBe(canonical(first));
    expect((await world.events(ann)).at(-1)?.type).toMatch(/POSITION_CHANGED|BOT_STATE_CHANGED/);
    await checkLedger(database, id);
    await world.supervisor.stop();

    const later = new World(database, midnight + 8 * 60 * minute + 5 * minute);
    await later.supervisor.start();
    await later.settled();
    const second = await due(later, before, midnight + 8 * 60 * minute);
    expect(canonical((await positionOf(id)).funding)).toBe(canonical(first.add(second)));
    await checkLedger(database, id);
    expect(await accountingDifferences(database.system(), await ledgerOf(database.system(), id), 'BTC')).toEqual([]);

    await later.bots.stop(ann, id, true);
    await later.pass(minute);
    const [closed] = await database.system().find(ClosedTrade, { bot: id });
    const trades = await database.system().find(Trade, { bot: id });
    const [{ cost: bought, fee: feeIn }, { cost: sold, fee: feeOut }] = trades;
    expect(canonical(closed.funding)).toBe(canonical(first.add(second)));
    expect(closed.pnl.toFixed(8)).toBe(sold.sub(bought).sub(feeIn).sub(feeOut).sub(closed.funding).toFixed(8));
    expect((await usdt(id)).toFixed(8)).toBe(decimal(10_000).add(closed.pnl).toFixed(8));
    expect((await database.system().findOneOrFail(BotState, { bot: id })).status).toBe('STOPPED');
    await checkLedger(database, id);
    checkEvents(await later.events(ann));
    await later.supervisor.stop();
  });
});
