import { describe, expect, it } from 'vitest';
import { tradingApp } from '../bots/trading-app.ts';

const fields =
  'id trigger outcome startedAt finishedAt fencingToken message botId expected { openOrders position balance } found { openOrders position balance } differences { kind subject expected found action }';

describe.each(['sqlite', 'postgresql'] as const)('reconciliations over GraphQL on %s', (dialect) => {
  const trading = tradingApp(dialect);

  it('are listed, hang on their bot, are refetched by id, and are nobody else’s', async () => {
    const [bot, other] = [await trading.newBot(), await trading.newBot()];
    for (const id of [bot, other]) await trading.call('startBot', { id });
    const query = `query ($id: ID!) { bot(id: $id) { reconciliationRuns(first: 5) { nodes { ${fields} } count { value } } } }`;
    for (const id of [bot, other])
      await trading.until(query, { id }, (found) => found['bot'].reconciliationRuns.nodes.length > 0);
    const { data } = await trading.send(query, { id: bot });
    const run = data?.['bot'].reconciliationRuns.nodes[0];
    expect(run).toMatchObject({ trigger: 'START', outcome: 'MATCHED', botId: bot, message: null, differences: [] });
    expect(run.found).toEqual({ openOrders: 0, position: '0', balance: '0' });

    const list = `query ($bot: ID) { reconciliationRuns(botId: $bot, first: 10) { nodes { id botId } count { value } } }`;
    const mine = (await trading.send(list)).data?.['reconciliationRuns'];
    expect(new Set(mine.nodes.map((node: { botId: string }) => node.botId))).toEqual(new Set([bot, other]));
    const ofOne = (await trading.send(list, { bot })).data?.['reconciliationRuns'];
    expect(ofOne.nodes.map((node: { botId: string }) => node.botId)).toEqual([bot]);

    const byId = `query ($id: ID!) { reconciliationRun(id: $id) { ${fields} } node(id: $id) { ... on ReconciliationRun { ${fields} } } }`;
    expect((await trading.send(byId, { id: run.id })).data).toEqual({ reconciliationRun: run, node: run });
    expect((await trading.send(byId, { id: run.id }, trading.bob)).data).toEqual({ reconciliationRun: null, node: null });
    expect((await trading.send(list, {}, trading.bob)).data?.['reconciliationRuns'].nodes).toEqual([]);
  });

  it('tells the drift of a period, and refuses one that makes no sense or is of somebody else’s bot', async () => {
    const bot = await trading.newBot();
    const report = `query ($id: ID!, $from: DateTime!, $to: DateTime!) { driftReport(botId: $id, from: $from, to: $to) {
      candles totals { exact slipped late early missed extra pnlDifference actualPnl byMissed expectedPnl }
      items { kind explanation actual { pnl } expected { pnl enteredAt } pnlDifference } } }`;
    // It was not there then: whatever a backtest makes of those hours it has missed.
    const hour = 3_600_000;
    const end = Math.floor(Date.now() / hour) * hour - hour;
    const period = { id: bot, from: new Date(end - 3 * hour).toISOString(), to: new Date(end).toISOString() };
    const { data, errors } = await trading.send(report, period);
    expect(errors).toBeUndefined();
    const { candles, totals, items } = data?.['driftReport'] ?? {};
    expect(candles).toBe(180);
    expect(items.length).toBeGreaterThan(0);
    expect(totals).toMatchObject({ exact: 0, slipped: 0, late: 0, early: 0, missed: items.length, extra: 0, actualPnl: 0 });
    expect(totals.byMissed).toBeCloseTo(-totals.expectedPnl, 9);
    for (const item of items) expect(item).toMatchObject({ kind: 'MISSED', actual: null });
    const refused = await trading.send(report, { ...period, to: period.from });
    expect(refused.errors?.[0].message).toContain('before it begins');
    const foreign = await trading.send(report, period, trading.bob);
    expect(foreign.errors?.[0].message).toContain('no bot of yours');
  });

  it.each([
    ['reconciliationRuns(botId: "bt_01h455vb4pex5vsknk084sn02q") { nodes { id } }', /expected a bot_ id/],
    ['reconciliationRuns(first: 101) { nodes { id } }', /100/],
    ['reconciliationRun(id: "nothing") { id }', /expected a rec_ id/],
  ])('refuses %s', async (field, message) => {
    const { errors } = await trading.send(`{ ${field} }`);
    expect(errors?.[0].message).toMatch(message);
  });
});
