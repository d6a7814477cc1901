import { beforeAll, describe, expect, it } from 'vitest';
import { AuditEvent } from '../../../src/entities/identity/AuditEvent.ts';
import { Bot } from '../../../src/entities/trading/Bot.ts';
import { BotState } from '../../../src/entities/trading/BotState.ts';
import { Order } from '../../../src/entities/trading/Order.ts';
import { Strategy } from '../../../src/entities/trading/Strategy.ts';
import { BotList } from '../../../src/services/bots/bot-list.ts';
import type { BotPatch, CreateBot } from '../../../src/services/bots/bot-input.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { newId } from '../../../src/services/ids.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { BotStatus } from '../../../src/trading/bot.ts';
import { decimal } from '../../../src/trading/money.ts';
import { minute, World } from '../../scenarios/support/world.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

describeOnEachDatabase('bots', (open) => {
  let database: Database;
  let world: World;
  let ann: Viewer;
  let bob: Viewer;
  let input: CreateBot;

  beforeAll(async () => {
    database = await open();
    world = await new World(database).seed();
    [ann, bob] = await Promise.all([world.newViewer(), world.newViewer()]);
    const strategy = await world.strategies.create(ann, { name: 'cross', kind: 'BUILT_IN', builtIn: 'ema-rsi' });
    input = {
      name: 'first',
      strategyId: strategy.id,
      market: { exchange: 'sim', symbol: 'BTC/USDT' },
      timeframe: 'M1',
      mode: 'PAPER',
      risk: { initialCapital: decimal(10_000) },
    };
  });

  const stateOf = (id: string): Promise<BotState> => database.system().findOneOrFail(BotState, { bot: id });
  const put = (id: string, status: BotStatus): Promise<unknown> =>
    database.transaction((em) =>
      em.nativeUpdate(BotState, { bot: id }, { status, leaseOwner: 'somebody', leaseExpiresAt: new Date(world.now + 1e9) }),
    );
  const counts = async (): Promise<number[]> => {
    const em = database.system();
    return [await em.count(Bot, {}), await em.count(BotState, {}), (await world.events(ann)).length];
  };

  describe('are created', () => {
    it('STOPPED, with what they were given and the defaults of the rest', async () => {
      const bot = await world.bots.create(ann, {
        ...input,
        name: '  made  ',
        risk: { initialCapital: decimal('1234.5'), stopLossPercent: decimal('1.5') },
      });
      expect(bot).toMatchObject({
        name: 'made',
        symbol: 'BTC/USDT',
        mode: 'PAPER',
        marketType: 'SPOT',
        leverage: '1',
        initialCapital: '1234.5',
        positionSizePercent: '95',
        positionSizeFixed: null,
        stopLossPercent: '1.5',
        takeProfitPercent: null,
        parameters: {},
        checkIntervalSeconds: 30,
        state: { status: 'STOPPED', inPosition: false, dailyPnl: '0' },
      });
      const [event] = (await world.events(ann)).slice(-1);
      expect(event).toMatchObject({
        type: 'BOT_CHANGED',
        subjects: { botId: bot.id },
        payload: { bot: { id: bot.id, name: 'made' } },
      });
    });

    const risk = (changes: object): Partial<CreateBot> => ({ risk: { initialCapital: decimal(10_000), ...changes } });
    it.each<[string, Partial<CreateBot>, object]>([
      ['an empty name', { name: '   ' }, { code: 'REQUIRED', path: ['input', 'name'] }],
      ['a name that is too long', { name: 'x'.repeat(121) }, { code: 'INVALID', path: ['input', 'name'], message: /121.*120/ }],
      ['control characters in the name', { name: 'a\u0000b' }, { code: 'INVALID', path: ['input', 'name'] }],
      ['a strategy that is not there', { strategyId: newId() }, { code: 'NOT_FOUND', path: ['input', 'strategyId'] }],
      [
        'a market that is not there',
        { market: { exchange: 'sim', symbol: 'NO/PE' } },
        { code: 'NOT_FOUND', path: ['input', 'market'] },
      ],
      ['an exchange that is not there', { market: { exchange: 'nowhere', symbol: 'BTC/USDT' } }, { code: 'NOT_FOUND' }],
      [
        'mode LIVE',
        { mode: 'LIVE' },
        { code: 'FORBIDDEN_FOR_MODE', path: ['input', 'mode'], message: /cannot trade LIVE on sim/ },
      ],
      [
        'an unknown parameter',
        { parameters: { emaFasst: 3 } },
        { code: 'INVALID', path: ['input', 'parameters', 'emaFasst'], message: /emaFasst/ },
      ],
      [
        'a parameter over its limit',
        { parameters: { emaFast: 5_000 } },
        { code: 'INVALID', path: ['input', 'parameters', 'emaFast'], message: /5000.*1000/ },
      ],
      [
        'parameters that contradict each other',
        { parameters: { emaFast: 30, emaSlow: 20 } },
        { code: 'INVALID', message: /30.*20/ },
      ],
      ['no capital', risk({ initialCapital: decimal(0) }), { code: 'INVALID', path: ['input', 'risk', 'initialCapital'] }],
      [
        'a negative capital',
        risk({ initialCapital: decimal(-5) }),
        { code: 'INVALID', path: ['input', 'risk', 'initialCapital'] },
      ],
      [
        'more digits than the ledger holds',
        risk({ initialCapital: decimal('0.0000000000000000001') }),
        { code: 'INVALID', path: ['input', 'risk', 'initialCapital'], message: /18/ },
      ],
      [
        'leverage on spot',
        risk({ leverage: decimal(2) }),
        { code: 'INVALID', path: ['input', 'risk', 'leverage'], message: /leverage 2.*1/ },
      ],
      [
        'a share over 100 %',
        risk({ positionSizePercent: decimal('100.01') }),
        { code: 'INVALID', path: ['input', 'risk', 'positionSizePercent'] },
      ],
      [
        'two sizes at once',
        risk({ positionSizePercent: decimal(10), positionSizeFixed: decimal(10) }),
        { code: 'INVALID', path: ['input', 'risk', 'positionSizeFixed'] },
      ],
      [
        'a fixed size over the capital',
        risk({ positionSizeFixed: decimal(10_001) }),
        { code: 'INVALID', path: ['input', 'risk', 'positionSizeFixed'], message: /10001.*10000/ },
      ],
      [
        'a size under the notional',
        risk({ positionSizeFixed: decimal(4) }),
        { code: 'INVALID', path: ['input', 'risk', 'positionSizeFixed'], message: /4.*5/ },
      ],
      [
        'no size at all',
        risk({ positionSizePercent: null }),
        { code: 'REQUIRED', path: ['input', 'risk', 'positionSizePercent'] },
      ],
      [
        'a stop of 100 %',
        risk({ stopLossPercent: decimal(100) }),
        { code: 'INVALID', path: ['input', 'risk', 'stopLossPercent'] },
      ],
      ['a stop of 0 %', risk({ stopLossPercent: decimal(0) }), { code: 'INVALID', path: ['input', 'risk', 'stopLossPercent'] }],
      [
        'a negative target',
        risk({ takeProfitPercent: decimal(-1) }),
        { code: 'INVALID', path: ['input', 'risk', 'takeProfitPercent'] },
      ],
      ...[4, 3_601, 7.5].map((seconds): [string, Partial<CreateBot>, object] => [
        `checks every ${seconds} s`,
        { checkIntervalSeconds: seconds },
        {
          code: 'INVALID',
          path: ['input', 'checkIntervalSeconds'],
          message: new RegExp(`checkIntervalSeconds ${seconds} must be a whole number from 5 to 3600`),
        },
      ]),
      [
        'transfers of a PAPER bot',
        { autoTransferFunds: true },
        {
          code: 'FORBIDDEN_FOR_MODE',
          path: ['input', 'autoTransferFunds'],
          message: /a PAPER bot has all of its capital in the wallet that it trades from/,
        },
      ],
      ...(
        [
          ['0', /transferAmount 0 of bot ".*" must be above 0/],
          ['-1', /transferAmount -1 of bot ".*" must be above 0/],
          ['0.0000000000000000001', /transferAmount.*18/],
          ['10', /transferAmount 10 of bot ".*" says nothing without autoTransferFunds/],
        ] as const
      ).map(([amount, message]): [string, Partial<CreateBot>, object] => [
        `a transferAmount of ${amount}`,
        { transferAmount: decimal(amount) },
        { code: 'INVALID', path: ['input', 'transferAmount'], message },
      ]),
      ['no trades a day', risk({ maxDailyTrades: 0 }), { code: 'INVALID', path: ['input', 'risk', 'maxDailyTrades'] }],
      [
        'a daily loss over 100 %',
        risk({ maxDailyLossPercent: decimal(101) }),
        { code: 'INVALID', path: ['input', 'risk', 'maxDailyLossPercent'] },
      ],
    ])('never with %s, and nothing changes', async (_, changes, expected) => {
      const before = await counts();
      const error = await world.bots.create(ann, { ...input, name: `bad ${newId()}`, ...changes }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      const { message, ...rest } = expected as { message?: RegExp };
      expect(error).toMatchObject(rest);
      expect((error as Error).message).toMatch(message ?? /./);
      expect(await counts()).toEqual(before);
    });

    it('with somebody else’s strategy no more than with one that is not there', async () => {
      const own = await world.bots.create(bob, { ...input, name: 'x' }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      const missing = await world.bots.create(bob, { ...input, name: 'x', strategyId: newId() }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect([own, missing]).toEqual([
        expect.objectContaining({ code: 'NOT_FOUND' }),
        expect.objectContaining({ code: 'NOT_FOUND' }),
      ]);
      expect((own as Error).message.replace(input.strategyId, 'ID')).toBe(
        (missing as Error).message.replace(/no strategy with id .*/, 'no strategy with id ID'),
      );
    });

    it('under a name of their own, also when two are made at once', async () => {
      const results = await Promise.allSettled([1, 2, 3].map(() => world.bots.create(ann, { ...input, name: 'twins' })));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'TAKEN', path: ['input', 'name'] });
    });

    it('not with a strategy that was taken out of use', async () => {
      const strategy = await world.strategies.create(ann, { name: newId(), kind: 'BUILT_IN', builtIn: 'buy-and-hold' });
      await database.transaction((em) => em.nativeUpdate(Strategy, { id: strategy.id }, { status: 'INACTIVE' }));
      await expect(world.bots.create(ann, { ...input, name: newId(), strategyId: strategy.id })).rejects.toMatchObject({
        code: 'INVALID',
        path: ['input', 'strategyId'],
      });
    });
  });

  describe('are changed', () => {
    it('in what is given; null clears, absent leaves alone', async () => {
      const { id } = await world.bots.create(ann, {
        ...input,
        name: newId(),
        parameters: { emaFast: 5 },
        risk: { initialCapital: decimal(500), stopLossPercent: decimal(2), takeProfitPercent: decimal(4) },
      });
      const name = newId();
      const changed = await world.bots.update(ann, {
        id,
        patch: { name, risk: { stopLossPercent: null, positionSizeFixed: decimal(100) } },
      });
      expect(changed).toMatchObject({
        name,
        stopLossPercent: null,
        takeProfitPercent: '4',
        positionSizeFixed: '100',
        positionSizePercent: null,
        parameters: { emaFast: 5 },
        initialCapital: '500',
      });
      expect(await world.bots.update(ann, { id, patch: { parameters: null } })).toMatchObject({ name, parameters: {} });
      expect(
        (await world.bots.update(ann, { id, patch: { risk: { positionSizePercent: decimal(50) } } })).positionSizeFixed,
      ).toBeNull();
    });

    it('only from the version that was read', async () => {
      const bot = await world.bots.create(ann, { ...input, name: newId() });
      const changed = await world.bots.update(ann, { id: bot.id, expectedVersion: bot.version, patch: { name: newId() } });
      expect(changed.version).toBeGreaterThan(bot.version);
      await expect(
        world.bots.update(ann, { id: bot.id, expectedVersion: bot.version, patch: { name: 'late' } }),
      ).rejects.toMatchObject({
        code: 'VERSION_CONFLICT',
        details: { currentVersion: changed.version },
      });
    });

    it.each<[string, BotPatch, object]>([
      ['no name', { name: null }, { code: 'REQUIRED', path: ['input', 'patch', 'name'] }],
      ['an empty name', { name: '' }, { code: 'REQUIRED', path: ['input', 'patch', 'name'] }],
      [
        'a parameter out of bounds',
        { parameters: { emaFast: 0 } },
        { code: 'INVALID', path: ['input', 'patch', 'parameters', 'emaFast'] },
      ],
      [
        'a stop out of bounds',
        { risk: { stopLossPercent: decimal(200) } },
        { code: 'INVALID', path: ['input', 'patch', 'risk', 'stopLossPercent'] },
      ],
      [
        'transfers on PAPER',
        { autoTransferFunds: true },
        { code: 'FORBIDDEN_FOR_MODE', path: ['input', 'patch', 'autoTransferFunds'] },
      ],
      [
        'an amount without transfers',
        { transferAmount: decimal(10) },
        { code: 'INVALID', path: ['input', 'patch', 'transferAmount'] },
      ],
      ['leverage on spot', { risk: { leverage: decimal(3) } }, { code: 'INVALID', path: ['input', 'patch', 'risk', 'leverage'] }],
    ])('never to %s, and nothing changes', async (_, patch, expected) => {
      const bot = await world.bots.create(ann, { ...input, name: newId() });
      const before = await counts();
      await expect(world.bots.update(ann, { id: bot.id, patch })).rejects.toMatchObject(expected);
      expect(await counts()).toEqual(before);
      expect((await new BotList(database).byIds(ann, [bot.id])).get(bot.id)).toMatchObject({
        name: bot.name,
        version: bot.version,
      });
    });

    it('to another interval of checks, within its limits, and back to the standard', async () => {
      const { id } = await world.bots.create(ann, { ...input, name: newId(), checkIntervalSeconds: 5 });
      const to = async (checkIntervalSeconds: number | null): Promise<number> =>
        (await world.bots.update(ann, { id, patch: { checkIntervalSeconds } })).checkIntervalSeconds;
      expect(await to(3_600)).toBe(3_600);
      await expect(to(3_601)).rejects.toMatchObject({ code: 'INVALID', path: ['input', 'patch', 'checkIntervalSeconds'] });
      expect((await database.system().findOneOrFail(Bot, { id })).checkIntervalSeconds).toBe(3_600);
      expect(await to(null)).toBe(30);
    });

    it('not while they run, nor to a capital they did not begin with', async () => {
      const id = await world.newBot(ann);
      await world.bots.start(ann, id);
      await world.settled();
      await expect(world.bots.update(ann, { id, patch: { name: 'x' } })).rejects.toMatchObject({
        code: 'INVALID_TRANSITION',
        details: { from: 'RUNNING' },
      });
      await world.bots.stop(ann, id, true);
      await world.pass(minute);
      await expect(world.bots.update(ann, { id, patch: { risk: { initialCapital: decimal(5) } } })).rejects.toMatchObject({
        code: 'INVALID',
        path: ['input', 'patch', 'risk', 'initialCapital'],
      });
      expect((await world.bots.update(ann, { id, patch: { risk: { maxDailyTrades: 9 } } })).maxDailyTrades).toBe(9);
    });
  });

  describe('move along their table', () => {
    const calls = {
      start: (viewer: Viewer, id: string) => world.bots.start(viewer, id),
      pause: (viewer: Viewer, id: string) => world.bots.pause(viewer, id),
      resume: (viewer: Viewer, id: string) => world.bots.resume(viewer, id),
      stop: (viewer: Viewer, id: string) => world.bots.stop(viewer, id),
    };
    const moves: Record<keyof typeof calls, Partial<Record<BotStatus, BotStatus>>> = {
      start: { STOPPED: 'STARTING', ERROR: 'STARTING' },
      pause: { RUNNING: 'PAUSED' },
      resume: { PAUSED: 'RUNNING' },
      stop: { STARTING: 'STOPPING', RUNNING: 'STOPPING', PAUSED: 'STOPPING', ERROR: 'STOPPED' },
    };
    const cases = Object.entries(moves).flatMap(([call, targets]) =>
      Object.values(BotStatus).map((from) => ({ call: call as keyof typeof calls, from, to: targets[from] })),
    );

    it.each(cases)('$call from $from: $to', async ({ call, from, to }) => {
      const { id } = await world.bots.create(ann, { ...input, name: newId() });
      await put(id, from);
      const before = await counts();
      const result = await calls[call](ann, id).then(
        (bot) => bot.state.status as string,
        (error: unknown) => error,
      );
      if (to === undefined) {
        expect(result).toMatchObject({ code: 'INVALID_TRANSITION', path: ['input', 'id'], details: { from } });
        expect(await counts()).toEqual(before);
      }
      expect([result, (await stateOf(id)).status]).toEqual(to === undefined ? [result, from] : [to, to]);
      await put(id, 'STOPPED');
    });
  });

  describe('are deleted', () => {
    it('when they are stopped and hold nothing; their ledger stays', async () => {
      const id = await world.newBot(ann);
      await world.bots.start(ann, id);
      await world.settled();
      await expect(world.bots.delete(ann, id)).rejects.toMatchObject({ code: 'INVALID_TRANSITION' });
      await world.pass(20 * minute);
      await world.bots.stop(ann, id, true);
      await world.pass(minute);
      const orders = await database.system().find(Order, { bot: id });
      expect(orders.length).toBeGreaterThan(0);
      expect(await world.bots.delete(ann, id)).toBe(id);
      expect(await database.system().count(Bot, { id })).toBe(0);
      const left = await database.system().find(Order, { id: { $in: orders.map((order) => order.id) } });
      expect(left.map(({ bot }) => bot)).toEqual(orders.map(() => null));
      expect((await world.events(ann)).at(-1)).toMatchObject({ type: 'BOT_DELETED', payload: { deletedId: id } });
      await expect(world.bots.delete(ann, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('not while they hold something', async () => {
      const id = await world.newBot(ann, { risk: { initialCapital: decimal(10_000) } });
      await world.bots.start(ann, id);
      await world.settled();
      for (let i = 0; i < 200 && !(await stateOf(id)).inPosition; i++) await world.pass(minute);
      await world.bots.stop(ann, id);
      await world.pass(minute);
      expect((await stateOf(id)).status).toBe('STOPPED');
      await expect(world.bots.delete(ann, id)).rejects.toMatchObject({
        code: 'INVALID_TRANSITION',
        message: expect.stringContaining('BTC/USDT'),
      });
    });
  });

  it('leave a trace of who started and stopped them', async () => {
    const id = await world.newBot(ann);
    await world.bots.start(ann, id);
    await world.settled();
    await world.bots.stop(ann, id, true);
    await world.settled();
    await expect(world.bots.stop(ann, id)).rejects.toMatchObject({ code: 'INVALID_TRANSITION' });
    const trace = (await database.system().find(AuditEvent, { user: ann.userId }, { orderBy: { id: 'asc' } })).filter(
      ({ details }) => details['botId'] === id,
    );
    expect(trace).toMatchObject([
      { eventType: 'BOT_STARTED', details: { mode: 'PAPER' }, occurredAt: new Date(world.now) },
      { eventType: 'BOT_STOPPED', details: { closePosition: true } },
    ]);
  });

  it('of somebody else look missing to every call', async () => {
    const { id } = await world.bots.create(ann, { ...input, name: newId() });
    const before = await counts();
    for (const call of [
      () => world.bots.update(bob, { id, patch: { name: 'mine' } }),
      () => world.bots.start(bob, id),
      () => world.bots.pause(bob, id),
      () => world.bots.resume(bob, id),
      () => world.bots.stop(bob, id, true),
      () => world.bots.delete(bob, id),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'NOT_FOUND', message: `no bot with id ${id}` });
    expect(await counts()).toEqual(before);
    expect((await new BotList(database).byIds(bob, [id])).size).toBe(0);
  });
});
