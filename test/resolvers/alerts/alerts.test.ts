import { describe, expect, it } from 'vitest';
import type { TestUser } from '../../support/app.ts';
import { dialects } from '../../support/databases.ts';
import { tradingApp } from '../bots/trading-app.ts';

const fields =
  'alert { id version name type condition conditionText cooldownSeconds hysteresis isActive triggeredAt bot { id } market { symbol } }';
const all = '{ alerts(first: 100) { nodes { id version name condition } count { value } } }';
const market = { symbol: { exchange: 'sim', symbol: 'BTC/USDT' } };
const price = { price: { market, direction: 'ABOVE', price: '50000' } };
const rsi = { indicator: { name: 'RSI', parameters: { period: 14 } } };
const oversold = { below: { left: rsi, right: { constant: 30 } } };

describe.each(dialects)('alerts over GraphQL on %s', (dialect) => {
  const world = tradingApp(dialect);

  const call = async (name: string, input: Record<string, unknown>, user: TestUser = world.ann) => {
    const type = `${name[0].toUpperCase()}${name.slice(1)}Input`;
    const { data, errors } = await world.send(
      `mutation ($input: ${type}!) { ${name}(input: $input) { ${name === 'deleteAlert' ? 'deletedId' : fields} errors { message code path ... on ValidationError { limit } ... on VersionConflictError { currentVersion } } } }`,
      { input },
      user,
    );
    if (!data?.[name]) return { refused: errors?.[0]?.message, errors: [] };
    return data[name];
  };
  const create = (condition: object, others: object = {}, user: TestUser = world.ann) =>
    call('createAlert', { name: 'an alert', condition, isActive: false, ...others }, user);

  it('makes, changes, lists and deletes alerts', async () => {
    const made = await create(price, { name: ' dear ', cooldownSeconds: 300, hysteresis: '0.50' });
    expect(made).toMatchObject({
      errors: [],
      alert: {
        name: 'dear',
        type: 'PRICE',
        conditionText: 'the price is at or above 50000',
        cooldownSeconds: 300,
        hysteresis: '0.5',
        isActive: false,
        triggeredAt: null,
        bot: null,
        market: { symbol: 'BTC/USDT' },
      },
    });
    const { id, version, condition } = made.alert;
    expect(condition).toEqual({ price: { market: { id: expect.stringMatching(/^mkt_/) }, direction: 'ABOVE', price: '50000' } });
    const changed = await call('updateAlert', {
      id,
      expectedVersion: version,
      patch: { condition: { price: { ...condition.price, direction: 'CROSSES' } }, cooldownSeconds: null },
    });
    expect(changed.alert).toMatchObject({
      version: version + 1,
      name: 'dear',
      conditionText: 'the price crosses 50000',
      cooldownSeconds: 60,
    });
    const read = 'query ($id: ID!) { alert(id: $id) { name } node(id: $id) { id } alertTriggers(alertId: $id) { nodes { id } } }';
    expect((await world.send(read, { id })).data).toEqual({
      alert: { name: 'dear' },
      node: { id },
      alertTriggers: { nodes: [] },
    });
    expect((await world.send(read, { id }, world.bob)).data).toMatchObject({ alert: null, node: null });
    expect((await world.send(all)).data?.['alerts']).toMatchObject({ nodes: [{ id }], count: { value: 1 } });
    expect((await call('deleteAlert', { id }, world.bob)).errors[0]).toMatchObject({ code: 'NOT_FOUND' });
    expect(await call('deleteAlert', { id })).toMatchObject({ deletedId: id, errors: [] });
    expect((await world.send(all)).data?.['alerts'].nodes).toEqual([]);
  });

  it('tells a trigger on its stream, on that of the account, to pollers and in the history, after a cursor and in a snapshot', async () => {
    const begun = (await world.send('{ eventCursor }')).data?.['eventCursor'];
    const { alert } = await create({ price: { market, direction: 'ABOVE', price: '1' } }, { isActive: true, name: 'dear' });
    const told =
      '... on AlertTriggered { isSnapshot alert { id name triggeredAt } trigger { id alertId message value heldBack } }';
    const listen = async (field: string, args: string, user: TestUser = world.ann) => {
      const declared = args.includes('$after') ? '($after: EventCursor)' : '';
      const document = `subscription ${declared} { ${field}(${args}) { __typename ... on StreamItem { cursor } ${told} } }`;
      const items = [];
      for await (const { data } of world.app.subscribe(document, declared ? { after: begun } : {}, user.token)) {
        const item = data?.[field];
        items.push(item);
        if (item.__typename !== 'Checkpoint' || user !== world.ann) break;
      }
      return items.at(-1);
    };
    const item = await listen('alertTriggered', 'after: $after');
    expect(item).toMatchObject({
      __typename: 'AlertTriggered',
      isSnapshot: false,
      alert: { id: alert.id, name: 'dear', triggeredAt: expect.any(String) },
      trigger: { alertId: alert.id, message: expect.stringMatching(/^sim BTC\/USDT is at or above 1: it was /), heldBack: 0 },
    });
    expect(await listen('accountChanged', 'after: $after, types: [ALERT]')).toEqual(item);
    expect(await listen('alertTriggered', 'start: SNAPSHOT')).toMatchObject({ isSnapshot: true, trigger: item.trigger });
    const page = `query ($since: EventCursor, $id: ID!) { events(since: $since, types: [ALERT]) { items { __typename ${told} } } alertTriggers(alertId: $id) { nodes { id value } count { value } } node(id: "${item.trigger.id}") { ... on AlertTrigger { message } } }`;
    const { data } = await world.send(page, { since: begun, id: alert.id });
    expect(data).toMatchObject({
      events: { items: [{ trigger: item.trigger }] },
      alertTriggers: { nodes: [{ id: item.trigger.id, value: item.trigger.value }], count: { value: 1 } },
      node: { message: item.trigger.message },
    });
    expect((await world.send(page, { id: alert.id }, world.bob)).data).toMatchObject({
      alertTriggers: { nodes: [] },
      node: null,
    });
    expect(await call('deleteAlert', { id: alert.id })).toMatchObject({ errors: [] });
    expect((await world.send(page, { since: begun, id: alert.id })).data).toMatchObject({
      events: { items: [{ trigger: item.trigger }] },
      alertTriggers: { nodes: [] },
      node: null,
    });
  });

  it('takes every kind of condition, and gives it back in the shape that it came in', async () => {
    const botId = await world.newBot();
    const kinds: [object, string, RegExp][] = [
      [{ move: { market, percent: '5', windowSeconds: 5400 } }, 'PRICE', /^the price moves by 5 % within 1 h 30 min$/],
      [{ indicator: { market, timeframe: 'H1', rule: oversold } }, 'INDICATOR', /^RSI\(14\) < 30, on closed candles of 1h$/],
      [{ pnl: { botId, direction: 'BELOW', amount: '-50' } }, 'PNL', /^the profit of the position is at or below -50$/],
      [{ pnl: { botId, measure: 'DAY', direction: 'ABOVE', amount: '50' } }, 'PNL', /^the profit of the day is at or above 50$/],
      [{ drawdown: { botId, percent: '10' } }, 'DRAWDOWN', /^the equity is 10 % or more below its highest/],
      [{ botError: {} }, 'BOT_ERROR', /^a bot fails$/],
      [{ orderFilled: { botId } }, 'ORDER_FILLED', /^an order is executed/],
      [{ warning: { level: 'ERROR' } }, 'WARNING', /^the log has an error$/],
    ];
    const ids: string[] = [];
    for (const [condition, type, text] of kinds) {
      const { alert, errors } = await create(condition);
      expect([errors, alert?.type]).toEqual([[], type]);
      expect(alert.conditionText).toMatch(text);
      const again = await call('updateAlert', { id: alert.id, patch: { condition: alert.condition } });
      expect(again.alert).toMatchObject({ condition: alert.condition, conditionText: alert.conditionText });
      ids.push(alert.id);
    }
    await world.call('deleteBot', { id: botId });
    const left = (await world.send(all)).data?.['alerts'].nodes.map(({ id }: { id: string }) => id);
    expect(left.toReversed()).toEqual([ids[0], ids[1], ids[5], ids[7]]);
    for (const id of left) await call('deleteAlert', { id });
  });

  it('answers bad alerts with the limit and the value, and stores nothing', async () => {
    const foreign = await world.newBot({}, world.bob);
    const ofMarket = (changes: object): object => ({ price: { ...price.price, ...changes } });
    const move = { market, percent: '5', windowSeconds: 600 };
    const ofRule = (rule: object): object => ({ indicator: { market, timeframe: 'H1', rule } });
    const cases: [object, object, string, string, RegExp][] = [
      [price, { name: '  ' }, 'REQUIRED', 'name', /the name is empty/],
      [price, { name: 'x'.repeat(121) }, 'INVALID', 'name', /121 characters, the maximum is 120/],
      [
        price,
        { cooldownSeconds: -1 },
        'INVALID',
        'cooldownSeconds',
        /cooldownSeconds -1 must be a whole number from 0 to 2678400/,
      ],
      [price, { hysteresis: '50.1' }, 'INVALID', 'hysteresis', /hysteresis 50\.1 must be 0 to 50/],
      [{ botError: {} }, { hysteresis: '1' }, 'INVALID', 'hysteresis', /hysteresis 1 is for .* BOT_ERROR has none/],
      [ofMarket({ price: '0' }), {}, 'INVALID', 'price', /price 0 must be above 0, at most 1000000000000/],
      [ofMarket({ price: '0.0000000000000000001' }), {}, 'INVALID', 'price', /19 digits after the point/],
      [ofMarket({ market: { symbol: { exchange: 'sim', symbol: 'NO/SUCH' } } }), {}, 'NOT_FOUND', 'market', /NO\/SUCH/],
      [ofMarket({ market: { id: 'bot_01h455vb4pex5vsknk084sn02q' } }), {}, 'INVALID', 'id', /expected a mkt_ id, got bot_/],
      [{ move: { ...move, percent: '1001' } }, {}, 'INVALID', 'percent', /percent 1001 must be above 0, at most 1000/],
      [{ move: { ...move, percent: '101', direction: 'FALL' } }, {}, 'INVALID', 'percent', /percent 101 .* at most 100/],
      [{ move: { ...move, windowSeconds: 59 } }, {}, 'INVALID', 'windowSeconds', /windowSeconds 59 .* from 60 to 86400/],
      [{ move }, { hysteresis: '5.1' }, 'INVALID', 'hysteresis', /hysteresis 5\.1 must be 0 to 5/],
      [ofRule({ all: [] }), {}, 'INVALID', 'all', /all needs at least one condition/],
      [ofRule({ below: { left: { parameter: 'x' }, right: { constant: 1 } } }), {}, 'INVALID', 'parameter', /parameter/],
      [
        ofRule({ below: { left: { indicator: { name: 'RSI', parameters: { period: 0 } } }, right: { constant: 1 } } }),
        {},
        'INVALID',
        'period',
        /period.* 0 /,
      ],
      [{ pnl: { botId: foreign, direction: 'ABOVE', amount: '1' } }, {}, 'NOT_FOUND', 'botId', /no bot with id bot_/],
      [{ drawdown: { botId: foreign, percent: '101' } }, {}, 'INVALID', 'percent', /percent 101 must be above 0, at most 100/],
      [{ orderFilled: { botId: 'alr_01h455vb4pex5vsknk084sn02q' } }, {}, 'INVALID', 'botId', /expected a bot_ id, got alr_/],
      [{}, {}, 'BAD', '', /exactly one/i],
      [{ ...price, botError: {} }, {}, 'BAD', '', /exactly one/i],
      [ofRule({ above: oversold.below, below: oversold.below }), {}, 'BAD', '', /exactly one/i],
    ];
    for (const [condition, others, code, field, message] of cases) {
      const { alert, errors, refused } = await create(condition, others);
      expect(alert ?? null).toBeNull();
      if (code === 'BAD') expect(refused).toMatch(message);
      else {
        expect([condition, errors[0]?.code, errors[0]?.path?.at(-1)]).toEqual([condition, code, field]);
        expect(errors[0].path.slice(0, 1)).toEqual(['input']);
        expect(errors[0].path).not.toContain('enterLong');
        expect(errors[0].message).toMatch(message);
      }
    }
    expect((await world.send(all)).data?.['alerts'].nodes).toEqual([]);
  });

  it('refuses bad changes, wrong versions and more alerts than there may be, and changes nothing', async () => {
    const { alert } = await create(price, { name: 'to be kept' });
    const { id, version } = alert;
    const before = (await world.send(all)).data;
    const stale = { expectedVersion: version + 1 };
    const missing = 'alr_01h455vb4pex5vsknk084sn02q';
    const cases: [string, object, string, string][] = [
      ['updateAlert', { id, ...stale, patch: { name: 'x' } }, 'VERSION_CONFLICT', 'expectedVersion'],
      ['deleteAlert', { id, ...stale }, 'VERSION_CONFLICT', 'expectedVersion'],
      ['updateAlert', { id, patch: { name: null } }, 'REQUIRED', 'name'],
      ['updateAlert', { id, patch: { hysteresis: '51' } }, 'INVALID', 'hysteresis'],
      ['updateAlert', { id, patch: { cooldownSeconds: 2_678_401 } }, 'INVALID', 'cooldownSeconds'],
      ['updateAlert', { id, patch: { hysteresis: '1', condition: { botError: {} } } }, 'INVALID', 'hysteresis'],
      ['updateAlert', { id: missing, patch: { name: 'x' } }, 'NOT_FOUND', 'id'],
      ['deleteAlert', { id: missing }, 'NOT_FOUND', 'id'],
      ['deleteAlert', { id: 'lim_01h455vb4pex5vsknk084sn02q' }, 'INVALID', 'id'],
    ];
    for (const [name, input, code, field] of cases) {
      const { errors } = await call(name, input as Record<string, unknown>);
      expect([name, input, errors[0]?.code, errors[0]?.path?.at(-1)]).toEqual([name, input, code, field]);
      if (code === 'VERSION_CONFLICT') expect(errors[0].currentVersion).toBe(version);
    }
    expect((await world.send(all)).data).toEqual(before);
    for (let i = 1; i < 100; i++) await create({ botError: {} }, { name: `alert ${i}` });
    expect((await create({ botError: {} })).errors[0]).toMatchObject({
      code: 'INVALID',
      message: 'you have 100 alerts, the maximum is 100',
      limit: '100',
    });
    expect((await create({ botError: {} }, {}, world.bob)).errors).toEqual([]);
    expect((await world.send(all)).data?.['alerts'].count).toEqual({ value: 100 });
  });
});
