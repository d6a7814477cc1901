import { beforeAll, describe, expect, it } from 'vitest';
import { replaysOf } from '../../../src/app/replays.ts';
import { ClosedTrade } from '../../../src/entities/trading/ClosedTrade.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { compareTrips, type RoundTrip, totalsOf } from '../../../src/services/reconciliation/drift.ts';
import { type DriftReportView, DriftService } from '../../../src/services/reconciliation/drift-service.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { decimal } from '../../../src/trading/money.ts';
import { minute, World } from '../../scenarios/support/world.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

describeOnEachDatabase('the drift report of a paper bot', (open) => {
  let database: Database;
  let world: World;
  let ann: Viewer;
  let drift: DriftService;
  let bot: string;
  let from: Date;
  let to: Date;

  const report = (viewer = ann, period: Partial<{ botId: string; from: Date; to: Date }> = {}): Promise<DriftReportView> =>
    drift.report(viewer, { botId: bot, from, to, ...period });
  /** Changes one of the bot's round trips for as long as `look` takes. */
  const planted = async (
    change: (trade: ClosedTrade) => Record<string, unknown>,
    look: (trade: ClosedTrade) => Promise<void>,
  ) => {
    const [, , trade] = await database.system().find(ClosedTrade, { bot }, { orderBy: { openedAt: 'asc' } });
    const changes = change(trade);
    const before = Object.fromEntries(Object.keys(changes).map((key) => [key, trade[key as keyof ClosedTrade]]));
    const write = (values: object) => database.transaction((em) => em.nativeUpdate(ClosedTrade, { id: trade.id }, values));
    await write(changes);
    try {
      await look(trade);
    } finally {
      await write(before);
    }
  };
  const nonzero = ({ totals: { counts } }: DriftReportView): object =>
    Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));

  beforeAll(async () => {
    database = await open();
    world = await new World(database).seed();
    ann = await world.newViewer();
    drift = new DriftService({
      database,
      candles: (_exchange, symbol, timeframe, begin, end) => world.sim.history(symbol, timeframe, begin, end),
      replayOf: replaysOf({ marketOf: () => world.sim }),
    });
    from = new Date(world.now);
    bot = await world.newBot(ann, {
      risk: {
        initialCapital: decimal(10_000),
        positionSizePercent: decimal(90),
        stopLossPercent: decimal('0.1'),
        takeProfitPercent: decimal('0.2'),
        trailingStopPercent: decimal('0.15'),
      },
    });
    await world.bots.start(ann, bot);
    await world.settled();
    await world.pass(90 * minute);
    to = new Date(world.now);
    await world.bots.stop(ann, bot);
    await world.pass(minute);
    await world.supervisor.stop();
  });

  it('finds no drift where candles are the same: every round trip to the last digit, over any part of its life', async () => {
    const whole = await report();
    expect(whole.items.length).toBeGreaterThan(10);
    expect(nonzero(whole)).toEqual({ EXACT: whole.items.length });
    expect(whole.totals).toMatchObject({ pnlDifference: 0, byPrice: 0, byFees: 0, byQuantity: 0, byMissed: 0, byExtra: 0 });
    expect(whole.totals.actualPnl).toBeCloseTo(whole.totals.expectedPnl, 9);
    expect(whole.candles).toBe(90);
    const trips = whole.items.flatMap(({ actual }) => actual ?? []);
    const pause = trips.findIndex((trip, i) => i > 1 && trip.entryTime - trips[i - 1].exitTime >= 2 * minute);
    const flatSince = new Date(trips[pause - 1].exitTime + minute);
    const part = await report(ann, { from: flatSince });
    expect(part.items.length).toBe(trips.length - pause);
    expect(part.items.map(({ explanation }) => explanation)).toEqual(part.items.map(() => 'the same'));
  });

  it('tells a worse price as slippage, and what it cost', async () => {
    await planted(
      (trade) => ({ entryPrice: trade.entryPrice.add(5), pnl: trade.pnl.sub(trade.quantity.mul(5)) }),
      async ({ quantity }) => {
        const drifted = await report();
        expect(nonzero(drifted)).toEqual({ EXACT: drifted.items.length - 1, SLIPPED: 1 });
        const item = drifted.items.find(({ kind }) => kind === 'SLIPPED');
        expect(item).toMatchObject({ entrySlippage: expect.closeTo(5, 8), exitSlippage: 0 });
        expect(item?.explanation).toMatch(/^entered at .* instead of/);
        expect(drifted.totals.byPrice).toBeCloseTo(-5 * quantity.toNumber(), 8);
        expect(drifted.totals.pnlDifference).toBeCloseTo(-5 * quantity.toNumber(), 8);
        expect(drifted.totals.byQuantity).toBe(0);
      },
    );
  });

  it('tells an exit two candles later as late', async () => {
    await planted(
      (trade) => ({ closedAt: new Date(trade.closedAt.getTime() + 2 * minute) }),
      async () => {
        const drifted = await report();
        expect(drifted.totals.counts).toMatchObject({ LATE: 1, MISSED: 0, EXTRA: 0 });
        expect(drifted.items.find(({ kind }) => kind === 'LATE')).toMatchObject({
          exitDelayMs: 2 * minute,
          explanation: 'left 2 candles late',
        });
      },
    );
  });

  it('tells one that the bot did not make as missed, and one that only it made as extra', async () => {
    const bob = await world.newViewer();
    const other = await world.newBot(bob);
    await planted(
      () => ({ bot: other }),
      async ({ pnl }) => {
        const drifted = await report();
        expect(drifted.totals.counts).toMatchObject({ MISSED: 1, EXTRA: 0 });
        expect(drifted.totals.byMissed).toBeCloseTo(-pnl.toNumber(), 8);
        expect(drifted.items.find(({ kind }) => kind === 'MISSED')?.explanation).toMatch(/^missed: its order ended FILLED/);
      },
    );
    await planted(
      (trade) => ({ side: trade.side === 'LONG' ? 'SHORT' : 'LONG' }),
      async () => expect((await report()).totals.counts).toMatchObject({ MISSED: 1, EXTRA: 1 }),
    );
  });

  it.each([
    ['ends before it begins', () => report(ann, { to: from }), { code: 'INVALID', path: ['to'] }],
    [
      'is too long',
      () => report(ann, { to: new Date(from.getTime() + 50_001 * minute) }),
      { code: 'LIMIT_EXCEEDED', path: ['to'] },
    ],
    [
      'is of no bot',
      () => report(ann, { botId: '01a220ab-fd11-7382-a164-5b52e6ee8350' }),
      { code: 'NOT_FOUND', path: ['botId'] },
    ],
    ['is of somebody else’s', async () => report(await world.newViewer()), { code: 'NOT_FOUND', path: ['botId'] }],
  ])('refuses a period that %s', async (_what, ask, error) => {
    await expect(ask()).rejects.toMatchObject(error);
  });
});

describe('round trips beside each other', () => {
  const trip = (entry: number, changes: Partial<RoundTrip> = {}): RoundTrip => ({
    side: 'LONG',
    quantity: 2,
    entryTime: entry * minute,
    exitTime: (entry + 2) * minute,
    entryPrice: 100,
    exitPrice: 110,
    fees: 1,
    pnl: 19,
    exitReason: 'SIGNAL',
    ...changes,
  });

  it.each([
    ['same candle, seconds later', [trip(5, { entryTime: 5 * minute + 900 })], [trip(5)], ['EXACT']],
    ['another reason', [trip(5, { exitReason: 'STOP_LOSS' })], [trip(5)], ['SLIPPED']],
    ['three candles late', [trip(8)], [trip(5)], ['LATE']],
    ['one candle early', [trip(4)], [trip(5)], ['EARLY']],
    ['four candles away', [trip(9)], [trip(5)], ['MISSED', 'EXTRA']],
    ['the other side', [trip(5, { side: 'SHORT' })], [trip(5)], ['MISSED', 'EXTRA']],
    ['the same candle before a near one', [trip(6), trip(7)], [trip(5), trip(6)], ['LATE', 'EXACT']],
    ['nothing at all', [], [], []],
  ] as const)('%s', (_name, actual, expected, kinds) => {
    const items = compareTrips(actual, expected, minute);
    expect(items.map(({ kind }) => kind)).toEqual(kinds);
  });

  it('parts of the difference make up the whole', () => {
    const actual = [trip(1, { entryPrice: 101, quantity: 3, fees: 2, pnl: 25 }), trip(20, { pnl: -4 })];
    const expected = [trip(1), trip(40, { pnl: 7 })];
    const totals = totalsOf(compareTrips(actual, expected, minute));
    const { byPrice, byFees, byQuantity, byMissed, byExtra, pnlDifference } = totals;
    expect([byPrice, byFees, byQuantity, byMissed, byExtra]).toEqual([-3, -1, 10, -7, -4]);
    expect(byPrice + byFees + byQuantity + byMissed + byExtra).toBeCloseTo(pnlDifference, 12);
    expect(totals.actualPnl - totals.expectedPnl).toBeCloseTo(pnlDifference, 12);
  });
});
