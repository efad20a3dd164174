// From logits to probabilities: the arithmetic of model/science/distribution.py, in doubles.

export const rank = (logits) => Uint32Array.from(logits, (_, id) => id).sort((a, b) => logits[b] - logits[a] || a - b);

export const total = (values) => values.reduce((sum, value) => sum + value, 0);

// Both in the order of `ranked`: what is kept is a beginning, so filters only say how long.
function softmax(logits, ranked, temperature) {
  if (temperature === 0) return Float64Array.from(ranked, (_, place) => (place === 0 ? 1 : 0));
  const most = logits[ranked[0]];
  const shares = Float64Array.from(ranked, (id) => Math.exp((logits[id] - most) / temperature));
  const sum = total(shares);
  return shares.map((share) => share / sum);
}

function countTopK(logits, ranked, k) {
  if (k === 0 || k >= ranked.length) return ranked.length;
  let count = k;
  while (count < ranked.length && logits[ranked[count]] === logits[ranked[k - 1]]) count += 1;
  return count;
}

// The sum runs up from the unlikeliest, as in transformers.
function countTopP(shares, p) {
  if (p === 1) return shares.length;
  let sum = 0;
  for (let place = shares.length - 1; place > 0; place--) {
    sum += shares[place];
    if (sum > 1 - p) return place + 1;
  }
  return 1;
}

export function entropy(shares) {
  return shares.reduce((sum, share) => (share > 0 ? sum - share * Math.log2(share) : sum), 0);
}

export function chances(logits, ranked, { temperature, top_k, top_p }) {
  const own = softmax(logits, ranked, 1);
  const tempered = softmax(logits, ranked, temperature);
  const afterTopK = temperature === 0 ? 1 : countTopK(logits, ranked, top_k);
  const left = tempered.subarray(0, afterTopK);
  const leftSum = total(left);
  const kept = countTopP(left.map((share) => share / leftSum), top_p);
  const keptSum = total(tempered.subarray(0, kept));
  const filtered = tempered.map((share, place) => (place < kept ? share / keptSum : 0));
  return {
    own, tempered, filtered, afterTopK, kept,
    byTopK: total(tempered.subarray(afterTopK)),
    byTopP: total(tempered.subarray(kept, afterTopK)),
  };
}
