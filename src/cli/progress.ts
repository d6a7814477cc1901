import cliProgress from 'cli-progress';

/** Shows how far something is. */
export interface Progress {
  /** @param done between 0 and the total */
  update(done: number): void;
  /** Ends it; nothing is shown after that. */
  stop(): void;
}

/** Where progress is written: standard error, so that standard output is the result's alone. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * A bar on a terminal; elsewhere (a log, a pipe) a plain line at every tenth.
 * @param label what is going on: "importing candles.csv"
 */
export function startProgress(
  label: string,
  total: number,
  output: ProgressOutput & Partial<NodeJS.WriteStream> = process.stderr,
): Progress {
  return output.isTTY ? bar(label, total, output) : lines(label, total, output);
}

function bar(label: string, total: number, output: ProgressOutput & Partial<NodeJS.WriteStream>): Progress {
  const single = new cliProgress.SingleBar(
    {
      format: `${label} [{bar}] {percentage} % | {eta_formatted} left`,
      stream: output as NodeJS.WriteStream,
      hideCursor: true,
      fps: 10,
    },
    cliProgress.Presets.rect,
  );
  single.start(Math.max(1, total), 0);
  return {
    update: (done) => single.update(Math.min(done, total)),
    stop: () => single.stop(),
  };
}

function lines(label: string, total: number, output: ProgressOutput): Progress {
  let told = 0;
  return {
    update: (done) => {
      const tenth = total > 0 ? Math.floor((done / total) * 10) : 10;
      if (tenth <= told) return;
      told = tenth;
      output.write(`${label}: ${tenth * 10} %\n`);
    },
    stop: () => undefined,
  };
}
