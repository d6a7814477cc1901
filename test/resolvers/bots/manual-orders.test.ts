import { describe, expect, it } from 'vitest';
import { tradingApp } from './trading-app.ts';

const errorFields =
  'errors { __typename message code path ... on ValidationError { limit } ... on RiskLimitExceededError { limit attempted } }';

describe.each(['sqlite', 'postgresql'] as const)('orders by hand over GraphQL on %s', (dialect) => {
  const trading = tradingApp(dialect);

  const call = async (name: string, input: Record<string, unknown>) => {
    const type = `${name[0].toUpperCase()}${name.slice(1)}Input`;
    const { data, errors } = await trading.send(
      `mutation ($input: ${type}!) { ${name}(input: $input) { order { id status side amount price cancelOutcome exitReason } ${errorFields} } }`,
      { input },
    );
    if (!data?.[name]) throw new Error(JSON.stringify(errors));
    return data[name];
  };

  it('are placed, taken back and refused with typed errors', async () => {
    const made = await trading.send(
      'mutation { createStrategy(input: { name: "by hand", kind: BUILT_IN, builtIn: "manual" }) { strategy { id } errors { message } } }',
    );
    const risk = { initialCapital: '10000', positionSizePercent: '50' };
    const botId = await trading.newBot({ strategyId: made.data?.['createStrategy'].strategy.id, risk });
    const order = { botId, side: 'BUY', type: 'LIMIT', amount: '0.01', price: '1000' };
    const stopped = await call('placeOrder', { ...order, idempotencyKey: 'stopped' });
    expect([stopped.order, stopped.errors[0]]).toMatchObject([null, { code: 'INVALID_TRANSITION', path: ['input', 'botId'] }]);
    await trading.call('startBot', { id: botId });
    await trading.until(
      'query ($id: ID!) { bot(id: $id) { state { status } } }',
      { id: botId },
      (data) => data['bot'].state.status === 'RUNNING',
    );

    const placed = await call('placeOrder', { ...order, idempotencyKey: 'one' });
    expect(placed).toMatchObject({ errors: [], order: { side: 'BUY', amount: '0.01', price: '1000', exitReason: null } });
    const again = await call('placeOrder', { ...order, idempotencyKey: 'one' });
    expect(again.order.id).toBe(placed.order.id);
    const id = placed.order.id as string;
    await trading.until('query ($id: ID!) { order(id: $id) { status } }', { id }, (data) => data['order'].status === 'ACCEPTED');

    const refusals = [
      await call('placeOrder', { ...order, amount: '0.02', idempotencyKey: 'one' }),
      await call('placeOrder', { ...order, amount: '100', idempotencyKey: 'too much' }),
      await call('placeOrder', { ...order, amount: '0.000001', idempotencyKey: 'too little' }),
      await call('placeOrder', { ...order, side: 'SELL', idempotencyKey: 'short' }),
      await call('placeOrder', { ...order, botId: await trading.newBot(), idempotencyKey: 'deciding' }),
      await call('placeOrder', { ...order, botId: await trading.newBot({}, trading.bob), idempotencyKey: 'not mine' }),
    ];
    expect(refusals.map(({ errors }) => [errors[0].__typename, errors[0].code])).toEqual([
      ['ValidationError', 'IDEMPOTENCY_KEY_REUSED'],
      ['RiskLimitExceededError', 'INSUFFICIENT_BALANCE'],
      ['ValidationError', 'INVALID'],
      ['ValidationError', 'INVALID'],
      ['InvalidTransitionError', 'INVALID_TRANSITION'],
      ['NotFoundError', 'NOT_FOUND'],
    ]);
    expect(refusals.every(({ order: none }) => none === null)).toBe(true);
    const listed = await trading.send('query ($id: ID!) { bot(id: $id) { orders { count { value } } } }', { id: botId });
    expect(listed.data?.['bot'].orders.count.value).toBe(1);

    const canceled = await call('cancelOrder', { id, idempotencyKey: 'back' });
    expect(canceled).toMatchObject({ errors: [], order: { id, status: 'CANCELED', cancelOutcome: 'NONE' } });
    const late = await call('cancelOrder', { id, idempotencyKey: 'back again' });
    expect(late.errors[0]).toMatchObject({ code: 'INVALID_TRANSITION', message: 'the order in BTC/USDT is CANCELED already' });
  });
});
