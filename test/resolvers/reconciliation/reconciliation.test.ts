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

  it.each([
    ['reconciliationRuns(botId: "bt_01h455vb4pex5vsknk084sn02q") { nodes { id } }', /expected a bot_ id/],
    ['reconciliationRuns(first: 101) { nodes { id } }', /100/],
    ['reconciliationRun(id: "nothing") { id }', /expected a rec_ id/],
  ])('refuses %s', async (field, message) => {
    const { errors } = await trading.send(`{ ${field} }`);
    expect(errors?.[0].message).toMatch(message);
  });
});
