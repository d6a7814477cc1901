import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '../../src/services/ids.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- whatever the document asks for
type Answer = Record<string, any>;

/** How long a person tries again while servers come and go, in milliseconds. */
const patienceMs = 60_000;

/** A person with bots that trade often, who asks whichever server answers. */
export class Account {
  readonly id: string;
  readonly token: string;
  readonly #urls: readonly string[];
  readonly #bots: string[] = [];

  private constructor(urls: readonly string[], id: string, token: string) {
    this.#urls = urls;
    this.id = id;
    this.token = token;
  }

  static async open(urls: readonly string[], bots: number): Promise<Account> {
    const input = { email: `${newId()}@example.com`, password: 'a long enough secret' };
    const { signUp } = await ask(
      urls,
      'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken user { id } errors { message } } }',
      { input },
    );
    if (!signUp.accessToken) throw new Error(`no account: ${JSON.stringify(signUp.errors)}`);
    const account = new Account(urls, signUp.user.id, signUp.accessToken);
    for (let made = 0; made < bots; made++) await account.#makeBot(made === 0 ? 'BTC/USDT' : 'ETH/USDT');
    return account;
  }

  async startBots(): Promise<void> {
    for (const id of this.#bots) await this.#move('startBot', id, 'RUNNING');
  }

  async stopBots(): Promise<void> {
    for (const id of this.#bots) await this.#move('stopBot', id, 'STOPPED');
  }

  async #makeBot(symbol: string): Promise<void> {
    const parameters = { emaFast: 2, emaSlow: 4, rsiPeriod: 2, rsiOverbought: 100, rsiOversold: 0, rsiExit: null };
    const strategy = await this.#mutate('createStrategy', 'strategy { id }', {
      name: `cross ${symbol}`,
      kind: 'BUILT_IN',
      builtIn: 'ema-rsi',
      parameters,
    });
    const { bot } = await this.#mutate('createBot', 'bot { id }', {
      name: `bot ${symbol}`,
      strategyId: strategy['strategy'].id,
      market: { symbol: { exchange: 'sim', symbol } },
      timeframe: 'M1',
      mode: 'PAPER',
      risk: { initialCapital: '10000', positionSizePercent: '95', stopLossPercent: '0.5', takeProfitPercent: '0.5' },
    });
    this.#bots.push(bot.id);
  }

  /** Asks until the bot is as wanted: the server that was asked may have died over it. */
  async #move(mutation: string, id: string, wanted: string): Promise<void> {
    for (const end = performance.now() + patienceMs; ; await pause(200)) {
      const { bot } = await ask(
        this.#urls,
        'query ($id: ID!) { bot(id: $id) { state { status lastErrorMessage } } }',
        { id },
        this.token,
      );
      if (bot.state.status === wanted) return;
      if (performance.now() > end) throw new Error(`${mutation}: the bot stays ${JSON.stringify(bot.state)}`);
      await this.#mutate(mutation, 'bot { id }', { id }, false);
    }
  }

  async #mutate(name: string, selection: string, input: object, isStrict = true): Promise<Answer> {
    const type = `${name[0].toUpperCase()}${name.slice(1)}Input`;
    const document = `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} errors { message } } }`;
    const answer = (await ask(this.#urls, document, { input }, this.token))[name] as Answer;
    if (isStrict && answer['errors'].length > 0) throw new Error(`${name}: ${JSON.stringify(answer['errors'])}`);
    return answer;
  }
}

/** Sends an operation to the first server that answers it. */
async function ask(urls: readonly string[], query: string, variables: object, token?: string): Promise<Answer> {
  let reason = '';
  for (const end = performance.now() + patienceMs; performance.now() < end; await pause(100))
    for (const url of urls) {
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
          body: JSON.stringify({ query, variables }),
        });
        const { data, errors } = (await response.json()) as { data?: Answer | null; errors?: object[] };
        if (data && !errors) return data;
        reason = JSON.stringify(errors);
      } catch (error) {
        reason = String(error);
      }
    }
  throw new Error(`no server answers: ${reason}`);
}
