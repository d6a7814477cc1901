/** One letter to one person. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** The way out for mail. An implementation may take its time: nobody who asked for a letter waits for it to be delivered. */
export interface Mailer {
  send(mail: Mail): Promise<void>;
}
