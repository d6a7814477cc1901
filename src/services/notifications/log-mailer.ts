import type { Logger } from '../logger.ts';
import type { Mail, Mailer } from './mailer.ts';

/**
 * Writes letters to the server's log, so that an installation without mail can still recover an account: whoever runs it reads the
 * letter there and passes it on. The letter of a password reset holds a token that is good for one use within minutes.
 */
export class LogMailer implements Mailer {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  send(mail: Mail): Promise<void> {
    this.#logger.info({ mail }, `mail to ${mail.to}: ${mail.subject}`);
    return Promise.resolve();
  }
}
