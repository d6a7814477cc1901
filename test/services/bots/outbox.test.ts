import { beforeEach, describe, expect, it } from 'vitest';
import { Outbox } from '../../../src/services/bots/outbox.ts';
import type { OrderDesk } from '../../../src/services/orders/order-desk.ts';

describe('what is to be asked of the exchange', () => {
  let asked: string[];
  let outbox: Outbox;

  beforeEach(() => {
    asked = [];
    const ask =
      (what: string) =>
      async (...terms: unknown[]): Promise<void> =>
        void asked.push([what, ...terms.map(String)].join(' '));
    outbox = new Outbox({
      send: ask('send'),
      sendEach: ask('send each'),
      sendPair: ask('send pair'),
      cancel: ask('cancel'),
      cancelEach: ask('cancel each'),
    } as unknown as OrderDesk);
  });

  const empty = async (): Promise<string[]> => {
    for (let action = outbox.next(); action; action = outbox.next()) await action();
    return asked.splice(0);
  };

  it('is asked when its turn comes, in the order of the decisions', async () => {
    outbox.send('a', 5);
    outbox.cancel('b');
    outbox.sendPair('c', 'd');
    outbox.cancelEach(['e', 'f'], true);
    expect(asked).toEqual([]);
    expect(outbox.isEmpty).toBe(false);
    expect(await empty()).toEqual(['send a 5', 'cancel b false', 'send pair c d', 'cancel each e,f true']);
    expect(outbox.isEmpty).toBe(true);
  });

  it('is nothing when there are no orders to send or to cancel', () => {
    outbox.sendEach([], 5);
    outbox.cancelEach([], true);
    expect(outbox.isEmpty).toBe(true);
  });

  it('takes an order back once, and once more for a halt, until asking again is allowed', async () => {
    for (const isUrgent of [false, false, true, true, false]) outbox.takeBack('a', isUrgent);
    expect(await empty()).toEqual(['cancel a false', 'cancel a true']);
    outbox.takeBack('a', false);
    expect(outbox.isEmpty).toBe(true);
    outbox.forgetTakingBack();
    outbox.takeBack('a', false);
    expect(await empty()).toEqual(['cancel a false']);
  });
});
