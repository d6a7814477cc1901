import { setImmediate as turn } from 'node:timers/promises';
import { Event } from '../../src/entities/operations/Event.ts';
import { FundsTransfer } from '../../src/entities/trading/FundsTransfer.ts';
import type { Database, EntityManager } from '../../src/services/database/index.ts';
import { DomainError } from '../../src/services/errors.ts';
import type { Exchange } from '../../src/services/exchanges/port/exchange.ts';
import type { Execution, Fill, OrderReport } from '../../src/services/exchanges/port/orders.ts';
import type { FundingWallet } from '../../src/services/exchanges/port/funding-wallet.ts';
import { clientOrderIdPrefix } from '../../src/services/orders/client-order-id.ts';
import { decimal } from '../../src/trading/money.ts';
import { CallFault, NewsFault } from './faults.ts';
import type { Plan } from './plan.ts';
import { secrets } from './program.ts';
import { rulesWith } from './venue.ts';
import type { Mutation } from './world.ts';

/** A bug, and the kind of world in which it shows soonest. */
export interface PlantedBug extends Mutation {
  readonly plan?: Partial<Plan>;
}

/** The same object with some of its methods replaced. */
function altered<T extends object>(target: T, changes: Partial<T>): T {
  return new Proxy(target, {
    get(object, key) {
      if (key in changes) return changes[key as keyof T];
      const value: unknown = Reflect.get(object, key, object);
      return typeof value === 'function' ? value.bind(object) : value;
    },
  });
}

/** Every fill that the program hears of, by whichever way, as the bug makes it; undefined: it never hears of it. */
function fillsAs(exchange: Exchange, change: (fill: Fill) => Fill | undefined): Exchange {
  return altered(exchange, {
    fillsSince: async (symbol, since) => (await exchange.fillsSince(symbol, since)).flatMap((fill) => change(fill) ?? []),
    subscribeExecutions: (listener) =>
      exchange.subscribeExecutions(({ order, fill }) => {
        const changed = fill && change(fill);
        listener({ order, ...(changed && { fill: changed }) });
      }),
  });
}

/** Tokens that do not grow, renewals that always succeed. */
function withoutFence(sql: string): string {
  return sql
    .replace('lease_token = lease_token + 1', 'lease_token = lease_token + 0')
    .replace('where lease_owner in (?, ?) and', 'where ? is not null and ? is not null and');
}

/** A transaction whose entity manager the bug has in hand. */
function transactionsAs(database: Database, change: (em: EntityManager) => EntityManager): Database {
  return altered(database, {
    transaction: (work, options) => database.transaction((em) => work(change(em)), options),
    change: (sql, values) => database.transaction((em) => change(em).execute(sql, [...values])),
  });
}

/** The same account with another wallet. */
function walletAs(exchange: Exchange, change: (wallet: FundingWallet) => Partial<FundingWallet>): Exchange {
  const { fundingWallet } = exchange;
  return fundingWallet ? altered(exchange, { fundingWallet: altered(fundingWallet, change(fundingWallet)) }) : exchange;
}

const shortOfMoney: Partial<Plan> = {
  faults: [],
  feeAsset: 'QUOTE',
  wallet: { takesIds: false, transferAmount: null },
  incidents: [1.5, 2.5, 3.5, 4.5].map((minutes) => ({ kind: 'money put away', at: minutes * 60_000 })),
};
const lostTransfers: Partial<Plan> = {
  ...shortOfMoney,
  faults: [CallFault.RESET_AFTER, CallFault.UNAVAILABLE_AFTER, CallFault.HTML],
};
const newStep: Partial<Plan> = {
  faults: [],
  feeAsset: 'QUOTE',
  step: '0.0001',
  incidents: [{ kind: 'filters changed', at: 200_000, rules: { stepSize: '0.001' }, endsOrders: true }],
};
const badAnswers: Partial<Plan> = {
  faults: [CallFault.STUCK, CallFault.RESET_AFTER, CallFault.UNAVAILABLE_AFTER, CallFault.STUCK],
};
const twoProcesses: Partial<Plan> = {
  processes: 2,
  faults: [],
  incidents: [2, 4, 6].map((minutes) => ({ kind: 'pause', at: minutes * 60_000, slot: (minutes / 2) % 2, forMs: 95_000 })),
};

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'loses a fill',
    exchange: (exchange) => fillsAs(exchange, (fill) => (/[37]$/.test(fill.exchangeTradeId) ? undefined : fill)),
  },
  {
    name: 'books a fill twice, once for the stream and once for the answer',
    exchange: (exchange) =>
      altered(exchange, {
        subscribeExecutions: (listener) =>
          exchange.subscribeExecutions((execution) => {
            const { order, fill } = execution;
            listener(execution);
            if (fill) listener({ order, fill: { ...fill, exchangeTradeId: `${fill.exchangeTradeId}-again` } });
          }),
      }),
  },
  {
    name: 'takes every fee for one in the quote asset',
    exchange: (exchange) => fillsAs(exchange, (fill) => ({ ...fill, feeCurrency: 'USDT' })),
    plan: { feeAsset: 'RECEIVED', step: '0.00000001' },
  },
  {
    name: 'rounds prices',
    exchange: (exchange) => fillsAs(exchange, (fill) => ({ ...fill, price: fill.price.round() })),
  },
  {
    name: 'sends an order twice, under two names',
    exchange: (exchange) =>
      altered(exchange, {
        submit: (request) => {
          void exchange.submit({ ...request, clientOrderId: `${request.clientOrderId}x` }).catch(() => undefined);
          return exchange.submit(request);
        },
      }),
  },
  {
    name: 'sends an order again when the answer does not come',
    exchange: (exchange) =>
      altered(exchange, {
        submit: (request) =>
          exchange.submit(request).catch((error: unknown) => {
            if (error instanceof DomainError && error.code === 'EXCHANGE_REJECTED') throw error;
            return exchange.submit(request);
          }),
      }),
    plan: badAnswers,
  },
  {
    name: 'takes an order that is not found at once for absent',
    exchange: (exchange) =>
      altered(exchange, {
        submit: (request) =>
          exchange.submit(request).catch(async (error: unknown) => {
            const found = await exchange.order(request.symbol, request.clientOrderId);
            if (found) return found;
            throw error instanceof DomainError && error.code !== 'EXCHANGE_UNAVAILABLE'
              ? error
              : new DomainError('EXCHANGE_REJECTED', 'it is not there');
          }),
      }),
    plan: badAnswers,
  },
  {
    name: 'takes a time-out for a no',
    exchange: (exchange) =>
      altered(exchange, {
        submit: (request) =>
          exchange.submit(request).catch(() => Promise.reject(new DomainError('EXCHANGE_REJECTED', 'no answer'))),
      }),
    plan: badAnswers,
  },
  {
    name: 'takes a cancel for final, whatever it was answered',
    exchange: (exchange) =>
      altered(exchange, {
        cancel: async (symbol, id) => ({ ...(await exchange.cancel(symbol, id)), status: 'CANCELED', filledAmount: decimal(0) }),
        order: async (symbol, id) => {
          const report = await exchange.order(symbol, id);
          return report && { ...report, status: report.status === 'EXPIRED' ? 'CANCELED' : report.status };
        },
      }),
    plan: { takeProfitPercent: '0.4', stopLossPercent: '0.3', thinness: 0.7 },
  },
  {
    name: 'ignores what is filled once an order is being canceled',
    exchange: (exchange) => {
      const canceled = new Set<string>();
      const unfilled = (report: OrderReport): OrderReport =>
        canceled.has(report.clientOrderId) ? { ...report, filledAmount: decimal(0), status: 'CANCELED' } : report;
      const deaf = fillsAs(exchange, (fill) => (canceled.has(fill.clientOrderId) ? undefined : fill));
      return altered(deaf, {
        cancel: async (symbol, id) => {
          canceled.add(id);
          return unfilled(await exchange.cancel(symbol, id));
        },
        order: async (symbol, id) => {
          const report = await exchange.order(symbol, id);
          return report && unfilled(report);
        },
      });
    },
    plan: { takeProfitPercent: '0.4', stopLossPercent: '0.3', thinness: 0.7, faults: [NewsFault.LATE, NewsFault.MISSED] },
  },
  {
    name: 'adopts the orders of others',
    exchange: (exchange) =>
      altered(exchange, {
        subscribeExecutions: (listener) =>
          exchange.subscribeExecutions((execution: Execution) => {
            const isForeign = !execution.order.clientOrderId.startsWith(clientOrderIdPrefix);
            listener(isForeign ? { ...execution, order: { ...execution.order, reduceOnly: true } } : execution);
          }),
      }),
    plan: { faults: [], incidents: [{ kind: 'foreign order', at: 150_000 }] },
  },
  {
    name: 'cancels everything that is open',
    exchange: (exchange) =>
      altered(exchange, {
        cancel: async (symbol, id) => {
          for (const { clientOrderId } of await exchange.openOrders(symbol)) await exchange.cancel(symbol, clientOrderId);
          return exchange.cancel(symbol, id);
        },
      }),
    plan: { faults: [], incidents: [{ kind: 'foreign order', at: 70_000 }], thinness: 0.7 },
  },
  {
    name: 'sends less than it has written down',
    exchange: (exchange) =>
      altered(exchange, {
        submit: (request) =>
          exchange.submit(request.reduceOnly ? request : { ...request, amount: request.amount.div(2).toDecimalPlaces(4) }),
      }),
  },
  {
    name: 'never notices that another process has taken its bot',
    database: (database) =>
      transactionsAs(database, (em) =>
        altered(em, {
          execute: ((sql: string, values: unknown[]) => em.execute(withoutFence(sql), values)) as never,
        }),
      ),
    plan: twoProcesses,
  },
  {
    name: 'goes on before its transaction has committed',
    database: (database) =>
      altered(database, {
        transaction: (work, options) =>
          new Promise((resolve, reject) => {
            const early = async (em: EntityManager): Promise<void> => {
              const result = await work(em);
              resolve(result as never);
              for (let turns = 0; turns < 3; turns++) await turn();
            };
            database.transaction(early, options).catch(reject);
          }),
      }),
  },
  {
    name: 'loses an event now and then',
    database: (database) =>
      transactionsAs(database, (em) =>
        altered(em, {
          insertMany: (async (entity: unknown, rows: readonly { readonly sequence: number }[]) => {
            const kept = entity === Event ? rows.filter(({ sequence }) => sequence % 7 !== 0) : rows;
            return kept.length > 0 ? em.insertMany(entity as never, kept as never) : [];
          }) as never,
        }),
      ),
  },
  {
    name: 'never hears that its market has new rules',
    market: (seen) => altered(seen, { markets: async () => [rulesWith('0.0001')] }),
    plan: newStep,
  },
  {
    name: 'goes without the guard that has ended with the old rules',
    exchange: (exchange) => {
      const standing = (report: OrderReport): OrderReport =>
        report.status === 'EXPIRED' ? { ...report, status: 'ACCEPTED' } : report;
      return altered(exchange, {
        cancel: async (symbol, id) => standing(await exchange.cancel(symbol, id)),
        order: async (symbol, id) => {
          const report = await exchange.order(symbol, id);
          return report && standing(report);
        },
        subscribeExecutions: (listener) =>
          exchange.subscribeExecutions(({ order, ...rest }) => listener({ order: standing(order), ...rest })),
      });
    },
    plan: newStep,
  },
  {
    name: 'believes in both orders of a pair of which only the stop was placed',
    exchange: (exchange) =>
      altered(exchange, {
        submitPair: async ({ stop, target }) => {
          const report = await exchange.submit(stop);
          const { clientOrderId, price } = target;
          const { stopPrice: _, ...placed } = report;
          return [
            report,
            { ...placed, clientOrderId, ...(price && { price }), type: 'LIMIT', exchangeOrderId: `${report.exchangeOrderId}b` },
          ];
        },
      }),
    plan: { guards: 'PAIRS', faults: [], stopLossPercent: '2', takeProfitPercent: '3' },
  },
  {
    name: 'takes over nothing of what a restored older backup does not know',
    exchange: (exchange) => {
      const begunAt = exchange.now();
      return altered(exchange, {
        fillsSince: async (symbol, since) => (await exchange.fillsSince(symbol, since)).filter(({ at }) => at >= begunAt),
      });
    },
    plan: { faults: [], restore: { takenAt: 90_000, restoredAt: 300_000, downMs: 10_000 } },
  },
  {
    name: 'books funding twice, once for the stream and once for the question',
    exchange: (exchange) =>
      altered(exchange, {
        subscribeExecutions: (listener, onFunding) =>
          exchange.subscribeExecutions(listener, (payment) => {
            onFunding?.(payment);
            onFunding?.({ ...payment, at: payment.at + 1 });
          }),
      }),
    plan: { faults: [], fundingRate: 0.001, guards: 'SHARED' },
  },
  {
    name: 'asks for a transfer again when the answer does not come',
    exchange: (exchange) =>
      walletAs(exchange, (wallet) => ({ bring: (request) => wallet.bring(request).catch(() => wallet.bring(request)) })),
    plan: lostTransfers,
  },
  {
    name: 'takes a transfer for refused when the answer does not come',
    exchange: (exchange) =>
      walletAs(exchange, (wallet) => ({
        bring: (request) => wallet.bring(request).catch(() => Promise.reject(new DomainError('EXCHANGE_REJECTED', 'no answer'))),
      })),
    plan: lostTransfers,
  },
  {
    name: 'brings half of what it has written down',
    exchange: (exchange) =>
      walletAs(exchange, (wallet) => ({ bring: (request) => wallet.bring({ ...request, amount: request.amount.div(2) }) })),
    plan: shortOfMoney,
  },
  {
    name: 'forgets what it has brought on this day',
    database: (database) =>
      transactionsAs(database, (em) =>
        altered(em, {
          find: ((entity: unknown, ...rest: unknown[]) =>
            entity === FundsTransfer ? Promise.resolve([]) : em.find(entity as never, ...(rest as [never]))) as never,
        }),
      ),
    plan: { ...shortOfMoney, durationMs: 12 * 60_000 },
  },
  {
    name: 'believes that the stream tells everything, also what a burst pushed out of it',
    exchange: (exchange) => altered(exchange, { fillsSince: async () => [] }),
    plan: {
      faults: [],
      thinness: 0.7,
      incidents: [1, 2, 3, 4].map((at) => ({ kind: 'burst', at: at * 60_000, forMs: 50_000, kept: 1 })),
    },
  },
  {
    name: 'tells secrets in its errors',
    exchange: (exchange) =>
      altered(exchange, {
        submit: (request) =>
          exchange.submit(request).catch((error: unknown) => {
            const key = Buffer.from(secrets.idKey).toString('hex');
            throw new DomainError('EXCHANGE_UNAVAILABLE', `${String(error)} (signed with ${key})`);
          }),
      }),
    plan: badAnswers,
  },
];
