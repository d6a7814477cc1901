// Runs before start and test, under whatever Node the npm scripts found: `npm ci` installs a fitting one into node_modules, which
// npm scripts use. Written so that an old Node can read it too.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 17)) {
  console.error(
    `Candlewick needs Node.js 22.17 or newer, this is ${process.versions.node}. ` +
      'Run `npm ci` first (it brings a fitting Node.js with it), and start through npm: `npm start`.',
  );
  process.exit(1);
}
