/** A whole text message in one frame (RFC 6455, section 5.2). */
const finalText = 0x81;

/**
 * The start of a server's text frame whose payload begins with the given text.
 * @param rest bytes of the payload that are written after it
 */
export function frameHead(begin: Buffer, rest: number): Buffer {
  const length = begin.length + rest;
  const size = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const head = Buffer.allocUnsafe(size + begin.length);
  head[0] = finalText;
  if (size === 2) head[1] = length;
  else if (size === 4) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  begin.copy(head, size);
  return head;
}
