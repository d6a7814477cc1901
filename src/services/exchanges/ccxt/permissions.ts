import { DomainError } from '../../errors.ts';
import type { ExchangeCredentials, KeyAbilities, KeyProbe } from '../key-probe.ts';
import { Quiet, withDeadline } from './calls.ts';
import type { CcxtClient } from './client.ts';
import { classify, domainErrorOf } from './failures.ts';
import { loadClient } from './load-client.ts';
import { ServerTime } from './server-time.ts';
import { closeStreams } from './sockets.ts';

/** ccxt makes a method of every route of an exchange. */
type Route = 'sapiGetAccountApiRestrictions' | 'privateGetV5UserQueryApi' | 'privatePostGetApiKeyInfo';

interface KeyRoute {
  readonly route: Route;
  readonly options: Readonly<Record<string, unknown>>;
  /** What a secret of this exchange looks like, where it must look like something. */
  readonly secret?: { readonly form: RegExp; readonly words: string };
  /** What it says of a key that it does not take, where ccxt does not know. */
  readonly refusal?: RegExp;
  read(answer: unknown): KeyAbilities | undefined;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const isTrue = (value: unknown): boolean => value === true || value === 'true';

/** `GET /sapi/v1/account/apiRestrictions`: developers.binance.com, Wallet, "Get API Key Permission". */
const binance: KeyRoute = {
  route: 'sapiGetAccountApiRestrictions',
  options: { defaultType: 'spot', recvWindow: 5_000 },
  read: (answer) => {
    if (!isRecord(answer) || !('enableReading' in answer)) return undefined;
    return {
      canRead: isTrue(answer.enableReading),
      canTrade: isTrue(answer.enableSpotAndMarginTrading),
      canTransfer: isTrue(answer.permitsUniversalTransfer),
      canWithdraw: 'enableWithdrawals' in answer ? isTrue(answer.enableWithdrawals) : null,
    };
  },
};

/** `GET /v5/user/query-api`: bybit-exchange.github.io, V5, "Get API Key Information". */
const bybit: KeyRoute = {
  route: 'privateGetV5UserQueryApi',
  options: { defaultType: 'spot' },
  read: (answer) => {
    const result = isRecord(answer) ? answer.result : undefined;
    if (!isRecord(result) || !isRecord(result.permissions)) return undefined;
    const { Spot, Wallet } = result.permissions;
    const has = (list: unknown, name: string): boolean => Array.isArray(list) && list.includes(name);
    const mayWrite = Number(result.readOnly) === 0;
    return {
      canRead: true,
      canTrade: mayWrite && has(Spot, 'SpotTrade'),
      canTransfer: mayWrite && has(Wallet, 'AccountTransfer'),
      canWithdraw: has(Wallet, 'Withdraw'),
    };
  },
};

/**
 * `POST /0/private/GetApiKeyInfo`: docs.kraken.com, "Get API Key Info", which needs no permission itself. Kraken's pages spell permissions
 * in two ways, as a list (`withdraw-funds`) and as flags (`funds_withdraw`): both are read, by their words. Where neither is found,
 * whether the key may withdraw is not known.
 */
const kraken: KeyRoute = {
  route: 'privatePostGetApiKeyInfo',
  options: { defaultType: 'spot' },
  secret: { form: /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, words: 'Base64, as Kraken shows it once' },
  refusal: /EAPI:Invalid signature/,
  read: (answer) => {
    const result = isRecord(answer) ? answer.result : undefined;
    const given = isRecord(result) ? result.permissions : undefined;
    if (!isRecord(given)) return undefined;
    const names = Array.isArray(given) ? given.map(String) : Object.keys(given).filter((name) => isTrue(given[name]));
    const words = names.map((name) => new Set(name.toLowerCase().split(/[^a-z]+/)));
    const has = (...wanted: string[]): boolean => words.some((set) => wanted.every((word) => set.has(word)));
    const isKnown = has('funds') || has('trades') || has('orders');
    return {
      canRead: has('query', 'funds') && has('query', 'trades'),
      canTrade: has('modify', 'trades') || has('modify', 'orders'),
      canTransfer: false,
      canWithdraw: isKnown ? has('withdraw') : null,
    };
  },
};

const routes: ReadonlyMap<string, KeyRoute> = new Map(Object.entries({ binance, bybit, kraken }));

export interface CcxtKeyProbeOptions {
  /** Our own deadline for each question, ms; 8 s unless told. */
  readonly deadlineMs?: number;
  readonly prepare?: (client: CcxtClient) => void | Promise<void>;
}

/** Asks through ccxt what a key may do: one signed request, which reads. */
export class CcxtKeyProbe implements KeyProbe {
  readonly exchanges: readonly string[] = [...routes.keys()];
  private readonly deadlineMs: number;
  private readonly prepare: CcxtKeyProbeOptions['prepare'];
  private readonly quiet = new Map<string, Quiet>();

  constructor({ deadlineMs = 8_000, prepare }: CcxtKeyProbeOptions = {}) {
    this.deadlineMs = deadlineMs;
    this.prepare = prepare;
  }

  async abilities(exchange: string, credentials: ExchangeCredentials): Promise<KeyAbilities> {
    const known = routes.get(exchange);
    if (!known) throw new DomainError('NOT_FOUND', `keys of "${exchange}" cannot be asked about`);
    const { secret } = known;
    if (secret && !secret.form.test(credentials.secret))
      throw new DomainError('INVALID', `this is no secret of ${exchange}: it must be ${secret.words}`, {
        path: ['input', 'secret'],
      });
    const client = await this.client(exchange, known, credentials);
    const what = `asking ${exchange} what the key may do`;
    try {
      const answer = await withDeadline(what, this.deadlineMs, () => this.ask(client, known));
      const abilities = known.read(answer);
      if (abilities) return abilities;
      throw new DomainError('EXCHANGE_UNAVAILABLE', `${what}: it answered something that is not understood`);
    } catch (error) {
      const { message, details, ...told } = domainErrorOf(error, what);
      const code = known.refusal?.test(message) ? 'EXCHANGE_REJECTED' : told.code;
      throw new DomainError(code, withoutSecrets(message, credentials), { details });
    } finally {
      await closeStreams(client);
    }
  }

  private client(
    exchange: string,
    { options }: KeyRoute,
    { apiKey, secret, passphrase }: ExchangeCredentials,
  ): Promise<CcxtClient> {
    let quiet = this.quiet.get(exchange);
    if (!quiet) this.quiet.set(exchange, (quiet = new Quiet()));
    return loadClient({
      id: exchange,
      apiKey,
      secret,
      ...(passphrase !== undefined && { passphrase }),
      quiet,
      options,
      ...(this.prepare && { prepare: this.prepare }),
    });
  }

  /** Once more with the exchange's time when it finds ours wrong. */
  private async ask(client: CcxtClient, { route }: KeyRoute): Promise<unknown> {
    const asked = client as CcxtClient & Record<Route, () => Promise<unknown>>;
    try {
      return await asked[route]();
    } catch (error) {
      if (classify(error).kind !== 'CLOCK') throw error;
      const time = new ServerTime();
      time.add(client);
      await time.measure(client);
      return asked[route]();
    }
  }
}

/** Exchanges repeat what they were sent, some of them. */
function withoutSecrets(message: string, { apiKey, secret, passphrase }: ExchangeCredentials): string {
  const secrets = [apiKey, secret, passphrase].filter((text) => text !== undefined && text !== '') as string[];
  return secrets.reduce((text, hidden) => text.replaceAll(hidden, '…'), message);
}
