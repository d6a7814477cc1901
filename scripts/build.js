// Builds dist/ (the server) and dist/graphiql (the page), each only when its inputs have changed since the last build.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const bin = (name) => `node_modules/.bin/${name}`;

const steps = [
  {
    name: 'server',
    inputs: ['src/**/*.ts', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
    // A source that was deleted must not live on in dist.
    prepare: () =>
      globSync('dist/**/*.{js,map}', { exclude: (path) => String(path).includes('graphiql') }).forEach((file) => rmSync(file)),
    command: [bin('tsc'), '-p', 'tsconfig.build.json'],
  },
  {
    name: 'graphiql',
    inputs: ['web/graphiql/**/*.{ts,tsx,css,html}', 'package-lock.json'],
    prepare: () => {},
    command: [bin('vite'), 'build', '--logLevel', 'error', '--config', 'web/graphiql/vite.config.ts', 'web/graphiql'],
  },
];

// `node scripts/build.js graphiql` builds one of them.
const wanted = process.argv.slice(2);

for (const { name, inputs, prepare, command } of steps) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const hash = createHash('sha256');
  for (const file of inputs.flatMap((pattern) => globSync(pattern)).sort()) hash.update(file).update(readFileSync(file));
  const digest = hash.digest('hex');
  const stamp = `dist/.built-${name}`;
  if (read(stamp) === digest) continue;
  console.error(`building the ${name} …`);
  rmSync(stamp, { force: true });
  prepare();
  const [program, ...args] = command;
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  mkdirSync('dist', { recursive: true });
  writeFileSync(stamp, digest);
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
