import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromGlobalId, parseGlobalId, toGlobalId } from '../../src/resolvers/ids.ts';

describe('global ids', () => {
  // The first five are the valid vectors of the TypeID specification, the last is the example of its README.
  it.each([
    ['00000000-0000-0000-0000-000000000000', '00000000000000000000000000'],
    ['00000000-0000-0000-0000-000000000001', '00000000000000000000000001'],
    ['00000000-0000-0000-0000-000000000020', '00000000000000000000000010'],
    ['ffffffff-ffff-ffff-ffff-ffffffffffff', '7zzzzzzzzzzzzzzzzzzzzzzzzz'],
    ['0110c853-1d09-52d8-d73e-1194e95b5f19', '0123456789abcdefghjkmnpqrs'],
    ['01890a5d-ac96-774b-bcce-b302099a8057', '01h455vb4pex5vsknk084sn02q'],
  ])('%s is bot_%s', (uuid, suffix) => {
    expect(toGlobalId('bot', uuid)).toBe(`bot_${suffix}`);
    expect(fromGlobalId('bot', `bot_${suffix}`)).toBe(uuid);
  });

  it('come back as they went in, and sort as the UUIDs do', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (a, b) => {
        expect(parseGlobalId(toGlobalId('ord', a))).toEqual({ prefix: 'ord', uuid: a });
        expect(toGlobalId('ord', a) < toGlobalId('ord', b)).toBe(a < b);
      }),
    );
  });

  it.each([
    ['ord_01h455vb4pex5vsknk084sn02q', 'expected a bot_ id, got ord_'],
    ['bot_81h455vb4pex5vsknk084sn02q', 'expected a bot_ id, got "bot_81h455vb4pex5vsknk084sn02q"'],
    ['bot_01h455vb4pex5vsknk084sn02', 'expected a bot_ id, got "bot_01h455vb4pex5vsknk084sn02"'],
    ['BOT_01H455VB4PEX5VSKNK084SN02Q', 'expected a bot_ id, got "BOT_01H455VB4PEX5VSKNK084SN02Q"'],
    ['', 'expected a bot_ id, got ""'],
  ])('%s is refused', (text, message) => {
    expect(() => fromGlobalId('bot', text, ['input', 'botId'])).toThrow(
      expect.objectContaining({ code: 'INVALID', message, path: ['input', 'botId'] }),
    );
  });
});
