import { describe, expect, it } from 'vitest';
import { tradingApp } from '../bots/trading-app.ts';

const query =
  'query ($id: ID!, $limit: Int) { dailyBalances(botId: $id, limit: $limit) { day asset balance profit returnPercent } }';

describe('daily balances over GraphQL', () => {
  const trading = tradingApp('sqlite');

  it('are told to the owner of the bot, and bad input is refused by name', async () => {
    const id = await trading.newBot();
    await trading.call('startBot', { id });
    await trading.until(query, { id }, (found) => found['dailyBalances'].length > 0);
    const { data } = await trading.send(query, { id });
    const [day] = data?.['dailyBalances'] ?? [];
    expect(day).toMatchObject({ day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), asset: 'USDT' });
    expect(Number(day.balance)).toBeGreaterThan(0);
    expect((await trading.send(query, { id }, trading.bob)).data).toEqual({ dailyBalances: [] });
    expect((await trading.send(query, { id, limit: 0 })).errors?.[0].message).toBe('limit is 0, it must be from 1 to 1000');
    expect((await trading.send(query, { id: 'ord_01h455vb4pex5vsknk084sn02q' })).errors?.[0].message).toContain('bot_');
  });
});
