import { describe, expect, it } from 'vitest';
import { tradingApp } from '../bots/trading-app.ts';

const limitFields = 'riskLimit { id version type value action isActive latchedAt symbol bot { id } }';
const create = `mutation ($input: CreateRiskLimitInput!) { createRiskLimit(input: $input) { ${limitFields} errors { __typename message code path } } }`;
const all =
  '{ riskLimits(first: 100) { nodes { id version value } count { value } } killSwitches { nodes { id mode releasedAt } } }';

describe.each(['sqlite', 'postgresql'] as const)('risk over GraphQL on %s', (dialect) => {
  const trading = tradingApp(dialect);

  const call = async (name: string, input: Record<string, unknown>, selection: string) => {
    const type = `${name[0].toUpperCase()}${name.slice(1)}Input`;
    const { data, errors } = await trading.send(
      `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} errors { __typename message code path ... on ValidationError { limit } ... on VersionConflictError { currentVersion } } } }`,
      { input },
    );
    if (!data?.[name]) throw new Error(JSON.stringify(errors));
    return data[name];
  };

  it('makes, changes, lists and deletes limits', async () => {
    const bot = await trading.newBot();
    const made = await call('createRiskLimit', { type: 'MAX_EXPOSURE', value: '2500.50', botId: bot }, limitFields);
    expect(made).toMatchObject({
      errors: [],
      riskLimit: {
        type: 'MAX_EXPOSURE',
        value: '2500.5',
        action: 'BLOCK_ENTRIES',
        isActive: true,
        latchedAt: null,
        bot: { id: bot },
      },
    });
    const { id, version } = made.riskLimit;
    const changed = await call(
      'updateRiskLimit',
      { id, expectedVersion: version, patch: { value: '3000', isActive: false } },
      limitFields,
    );
    expect(changed.riskLimit).toMatchObject({ id, value: '3000', isActive: false, version: version + 1 });
    expect((await trading.send('query ($id: ID!) { riskLimit(id: $id) { value } node(id: $id) { id } }', { id })).data).toEqual({
      riskLimit: { value: '3000' },
      node: { id },
    });
    expect((await trading.send(all)).data?.['riskLimits']).toMatchObject({ nodes: [{ id }], count: { value: 1 } });
    expect(await call('deleteRiskLimit', { id }, 'deletedId')).toMatchObject({ deletedId: id, errors: [] });
    expect((await trading.send(all)).data?.['riskLimits'].nodes).toEqual([]);
  });

  it('answers bad limits with the limit and the value, and stores nothing', async () => {
    const foreign = await trading.newBot({}, trading.bob);
    const cases: [Record<string, unknown>, string, string, RegExp][] = [
      [{ type: 'MAX_EXPOSURE' }, 'REQUIRED', 'value', /MAX_EXPOSURE needs a value, an amount/],
      [{ type: 'MAX_EXPOSURE', value: '-1' }, 'INVALID', 'value', /value -1 .* 0 to 1000000000000/],
      [{ type: 'MAX_EXPOSURE', value: '1e30' }, 'BAD', '', /./],
      [{ type: 'MAX_DAILY_LOSS', value: '0' }, 'INVALID', 'value', /value 0 .* above 0/],
      [{ type: 'MAX_DRAWDOWN', value: '100.1' }, 'INVALID', 'value', /value 100\.1 .* percent, above 0, at most 100/],
      [{ type: 'MAX_LEVERAGE', value: '0.5' }, 'INVALID', 'value', /value 0\.5 .* 1 to 125/],
      [{ type: 'MAX_OPEN_ORDERS', value: '1.5' }, 'INVALID', 'value', /value 1\.5 .* whole number/],
      [{ type: 'STOP_LOSS_GUARD', value: '0' }, 'INVALID', 'value', /value 0 .* 1 to 100/],
      [{ type: 'SYMBOL_LOCK' }, 'REQUIRED', 'symbol', /needs the symbol/],
      [{ type: 'SYMBOL_LOCK', symbol: 'bitcoin' }, 'INVALID', 'symbol', /"bitcoin" is not like/],
      [{ type: 'MAX_EXPOSURE', value: '1', action: 'FLATTEN' }, 'INVALID', 'action', /action FLATTEN is for MAX_DAILY_LOSS/],
      [{ type: 'MAX_EXPOSURE', value: '1', windowSeconds: 60 }, 'INVALID', 'windowSeconds', /is for STOP_LOSS_GUARD/],
      [
        { type: 'STOP_LOSS_GUARD', value: '2', windowSeconds: 0 },
        'INVALID',
        'windowSeconds',
        /windowSeconds 0 must be 1 to 2678400/,
      ],
      [{ type: 'MAX_EXPOSURE', value: '1', botId: foreign }, 'NOT_FOUND', 'botId', /no bot with id bot_/],
      [{ type: 'MAX_EXPOSURE', value: '1', exchange: 'nowhere' }, 'NOT_FOUND', '', /no exchange "nowhere"/],
    ];
    for (const [input, code, field, message] of cases) {
      const { data, errors } = await trading.send(create, { input });
      if (code === 'BAD') {
        expect(errors?.[0]?.message).toMatch(message);
        continue;
      }
      const [error] = data?.['createRiskLimit'].errors ?? [];
      expect([input, error?.code, error?.path?.at(-1) ?? '']).toEqual([input, code, field]);
      expect(error.message).toMatch(message);
      expect(data?.['createRiskLimit'].riskLimit).toBeNull();
    }
    expect((await trading.send(all)).data?.['riskLimits'].nodes).toEqual([]);
  });

  it('refuses wrong versions and states, and changes nothing', async () => {
    const made = await call('createRiskLimit', { type: 'MAX_OPEN_ORDERS', value: '5' }, limitFields);
    const { id, version } = made.riskLimit;
    const before = (await trading.send(all)).data;
    const stale = { expectedVersion: version + 1 };
    const refusals = [
      await call('updateRiskLimit', { id, ...stale, patch: { value: '1' } }, limitFields),
      await call('deleteRiskLimit', { id, ...stale }, 'deletedId'),
      await call('releaseRiskLimit', { id, reason: 'calm' }, limitFields),
      await call('releaseRiskLimit', { id, reason: '  ' }, limitFields),
      await call('updateRiskLimit', { id, patch: { value: null } }, limitFields),
      await call('releaseKillSwitch', { reason: 'calm' }, 'killSwitch { id }'),
      await call('activateKillSwitch', { mode: 'FLATTEN', reason: '' }, 'killSwitch { id }'),
      await call(
        'activateKillSwitch',
        { mode: 'FLATTEN', reason: 'x', botId: await trading.newBot({}, trading.bob) },
        'killSwitch { id }',
      ),
    ];
    expect(refusals.map(({ errors }) => errors[0]?.code)).toEqual([
      'VERSION_CONFLICT',
      'VERSION_CONFLICT',
      'INVALID_TRANSITION',
      'REQUIRED',
      'REQUIRED',
      'INVALID_TRANSITION',
      'REQUIRED',
      'NOT_FOUND',
    ]);
    expect(refusals[0].errors[0].currentVersion).toBe(version);
    expect((await trading.send(all)).data).toEqual(before);
    await call('deleteRiskLimit', { id }, 'deletedId');
  });

  it('halts with the kill switch until it is released: entries are refused, and the position is closed', async () => {
    const bot = await trading.newBot({
      strategyId: await trading.newHolder(),
      risk: { initialCapital: '10000', positionSizePercent: '50', stopLossPercent: '50' },
    });
    await trading.call('startBot', { id: bot });
    const state = 'query ($id: ID!) { bot(id: $id) { state { inPosition status } } }';
    await trading.until(state, { id: bot }, (data) => data['bot'].state.inPosition);
    const selection = 'killSwitch { id version mode reason releasedAt bot { id } }';
    const mild = await call('activateKillSwitch', { mode: 'BLOCK_ENTRIES', reason: 'a storm', botId: bot }, selection);
    const sharp = await call('activateKillSwitch', { mode: 'FLATTEN', reason: 'a bigger storm', botId: bot }, selection);
    expect(sharp.killSwitch).toMatchObject({
      id: mild.killSwitch.id,
      mode: 'FLATTEN',
      reason: 'a bigger storm',
      bot: { id: bot },
    });
    const milder = await call('activateKillSwitch', { mode: 'CANCEL_ORDERS', reason: 'less', botId: bot }, selection);
    expect(milder.killSwitch).toEqual(sharp.killSwitch);
    await trading.until(state, { id: bot }, (data) => !data['bot'].state.inPosition);
    const closed = await trading.send('{ closedTrades(first: 1) { nodes { exitReason } } }');
    expect(closed.data?.['closedTrades'].nodes).toEqual([{ exitReason: 'RISK_LIMIT' }]);
    const refused = await trading.until(
      'query ($bot: ID!) { refusedOrders(botId: $bot, first: 1) { nodes { id side bot { id } refusals { rule message limit value limitId } } count { value } } bot(id: $bot) { orders { count { value } } } }',
      { bot },
      (data) => data['refusedOrders'].nodes.length > 0,
    );
    expect(refused['refusedOrders'].nodes[0]).toMatchObject({
      bot: { id: bot },
      refusals: [{ rule: 'KILL_SWITCH', limitId: null, message: expect.stringContaining('a bigger storm') }],
    });
    const released = await call(
      'releaseKillSwitch',
      { reason: 'the storm is over', botId: bot },
      'killSwitch { releasedAt releaseReason }',
    );
    expect(released.killSwitch).toMatchObject({ releaseReason: 'the storm is over' });
    await trading.until(state, { id: bot }, (data) => data['bot'].state.inPosition);
    const listed = (await trading.send(all)).data?.['killSwitches'].nodes;
    expect(listed).toHaveLength(1);
    const node = await trading.send('query ($id: ID!) { node(id: $id) { id ... on RefusedOrder { amount price } } }', {
      id: refused['refusedOrders'].nodes[0].id,
    });
    expect(Number(node.data?.['node'].price)).toBeGreaterThan(0);
    await trading.call('stopBot', { id: bot });
    await trading.until(state, { id: bot }, (data) => data['bot'].state.status === 'STOPPED');
  });

  it('drills the kill switch, tells each step, and refuses a drill that cannot be, halting nothing', async () => {
    const selection = 'drill { isPassed startedAt endedAt bots { bot { id } steps { action milliseconds count } } }';
    const refusal = async (input: Record<string, unknown>): Promise<unknown[]> => {
      const { drill, errors } = await call('drillKillSwitch', input, selection);
      expect([drill, errors.length]).toEqual([null, 1]);
      return [errors[0].code, errors[0].path?.at(-1) ?? '', errors[0].message];
    };
    const standing = async () => (await trading.send(all)).data?.['killSwitches'].nodes;
    const before = await standing();
    const bot = await trading.newBot({ strategyId: await trading.newHolder() });
    const foreign = await trading.newBot({}, trading.bob);
    const none = expect.stringContaining('you have no PAPER bot that runs');
    expect(await refusal({ reason: ' ' })).toEqual(['REQUIRED', 'reason', expect.any(String)]);
    expect(await refusal({ reason: 'x'.repeat(2001) })).toEqual(['INVALID', 'reason', expect.stringContaining('2000')]);
    expect(await refusal({ reason: 'try', botId: foreign })).toEqual(['NOT_FOUND', 'botId', expect.any(String)]);
    expect(await refusal({ reason: 'try' })).toEqual(['INVALID_TRANSITION', '', none]);
    expect(await refusal({ reason: 'try', botId: bot })).toEqual([
      'INVALID_TRANSITION',
      'botId',
      expect.stringMatching(/is STOPPED: start it before a drill/),
    ]);
    await trading.call('startBot', { id: bot });
    const state = 'query ($id: ID!) { bot(id: $id) { state { inPosition status } } }';
    await trading.until(state, { id: bot }, (data) => data['bot'].state.inPosition);
    for (const botId of [null, bot]) {
      await call('activateKillSwitch', { mode: 'BLOCK_ENTRIES', reason: 'a storm', botId }, 'killSwitch { id }');
      expect(await refusal({ reason: 'try', botId: bot })).toEqual([
        'INVALID_TRANSITION',
        '',
        expect.stringContaining('already ("a storm")'),
      ]);
      await call('releaseKillSwitch', { reason: 'calm', botId }, 'killSwitch { id }');
    }
    expect((await standing()).length).toBe(before.length + 2);
    const { drill, errors } = await call('drillKillSwitch', { reason: 'the monthly drill' }, selection);
    expect([errors, drill.isPassed, drill.bots.length]).toEqual([[], true, 1]);
    expect(drill.bots[0].bot.id).toBe(bot);
    expect(drill.bots[0].steps.map((step: { action: string }) => step.action)).toEqual([
      'BLOCK_ENTRIES',
      'CANCEL_ORDERS',
      'FLATTEN',
    ]);
    expect(drill.bots[0].steps[2].count).toBe(1);
    expect((await standing()).every((row: { releasedAt: string | null }) => row.releasedAt !== null)).toBe(true);
    await trading.call('stopBot', { id: bot });
  });
});
