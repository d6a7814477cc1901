import type { Command } from 'commander';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Role } from '../entities/identity/scope.ts';
import { suggestion } from './suggest.ts';
import { type CliContext, usageError } from './terminal.ts';

interface Raw {
  readonly email?: string;
  readonly role?: string;
  readonly json?: boolean;
}

const roles = Object.values(Role);

/** Adds `user create`. The password is asked for, or read from a pipe: never an argument, which other people on the machine could see. */
export function addUserCommand(program: Command, context: CliContext): void {
  program
    .command('user')
    .description('accounts')
    .command('create')
    .description('make an account; the password is asked for, or read from standard input')
    .option('--email <address>', 'address of the account')
    .option('--role <role>', `${roles.join(', ')}; the first account becomes ADMIN`)
    .option('--json', 'one JSON object on standard output')
    .allowExcessArguments(false)
    .action(async ({ email, role, json }: Raw) => {
      if (email === undefined) throw usageError('--email is missing, such as --email you@example.com');
      if (role !== undefined && !isRole(role))
        throw usageError(`--role "${role}" is none of ${roles.join(', ')}${suggestion(role, roles)}`);
      const password = await readPassword(context);
      const { createApp } = await import('../app.ts');
      const { readConfig } = await import('../config.ts');
      const { createLogger } = await import('../services/logger.ts');
      const app = await createApp(readConfig(context.env), { logger: createLogger({ level: 'silent', pretty: false }) });
      try {
        const user = await app.users.createUser({ email, password, ...(role === undefined ? {} : { role }) }, {});
        context.terminal.out(
          json ? `${JSON.stringify({ id: user.id, email: user.email, role: user.role })}\n` : `${user.email} is ${user.role}\n`,
        );
      } finally {
        await app.stop(0);
      }
    });
}

function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}

async function readPassword({ terminal }: CliContext): Promise<string> {
  if (!process.stdin.isTTY) {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks)
      .toString('utf8')
      .replace(/\r?\n$/, '');
  }
  terminal.err('Password: ');
  // Nothing that is typed is shown.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await reader.question('');
  } finally {
    reader.close();
    terminal.err('\n');
  }
}
