// What Python's `framed` packed: a header in JSON, and the bytes behind it.

export function framed(data) {
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return [JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))), bytes.subarray(4 + length)];
}

// A copy, because the bytes of a message may begin anywhere.
export const floats = (bytes) => new Float32Array(bytes.slice().buffer);
