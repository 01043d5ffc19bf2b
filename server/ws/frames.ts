const TEXT_FRAME = 0x81;
const SMALL = 126;
const LARGE = 65_536;

/** An unmasked empty ping frame; shared by all sockets. */
export const pingFrame = Buffer.from([0x89, 0x00]);

function headerBytes(payload: number): number {
  if (payload < SMALL) return 2;
  return payload < LARGE ? 4 : 10;
}

function writeHeader(target: Buffer, offset: number, payload: number): number {
  target[offset] = TEXT_FRAME;
  if (payload < SMALL) {
    target[offset + 1] = payload;
    return offset + 2;
  }
  if (payload < LARGE) {
    target[offset + 1] = SMALL;
    return target.writeUInt16BE(payload, offset + 2);
  }
  target[offset + 1] = SMALL + 1;
  return target.writeBigUInt64BE(BigInt(payload), offset + 2);
}

/** One server-to-client WebSocket text frame (RFC 6455 5.2: FIN, unmasked) for each text, in one buffer: one write, one syscall. */
export function encodeTextFrames(texts: readonly string[]): Buffer {
  if (texts.length === 1) return encodeTextFrame(texts[0] ?? '');
  let total = 0;
  const sizes = texts.map((text) => {
    const payload = Buffer.byteLength(text);
    total += headerBytes(payload) + payload;
    return payload;
  });
  const buffer = Buffer.allocUnsafe(total);
  let offset = 0;
  texts.forEach((text, index) => {
    offset = writeHeader(buffer, offset, sizes[index] ?? 0);
    offset += buffer.write(text, offset);
  });
  return buffer;
}

function encodeTextFrame(text: string): Buffer {
  const payload = Buffer.byteLength(text);
  const buffer = Buffer.allocUnsafe(headerBytes(payload) + payload);
  buffer.write(text, writeHeader(buffer, 0, payload));
  return buffer;
}
