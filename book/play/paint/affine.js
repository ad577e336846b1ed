// A style's affine parameters, as zmlib's Affine has them: gamma and beta of each dynamic normalisation, and plain
// arithmetic. Here they are an object of Float32Arrays under the names that the ONNX files have: gamma_conv1, beta_conv1, ...

// The weighted mean of several styles; only the ratios of the weights count.
export function mix(affines, weights) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return each(affines[0], (name, first) => {
    const mean = new Float32Array(first.length);
    affines.forEach((affine, k) => affine[name].forEach((x, i) => { mean[i] += (weights[k] / total) * x; }));
    return mean;
  });
}

// (1 - t) a + t b.
export function lerp(a, b, t) {
  return each(a, (name, from) => from.map((x, i) => (1 - t) * x + t * b[name][i]));
}

// The style's gamma and beta in these of the paper's layers, gamma = 1 and beta = 0 in the others (Figure 7).
// norms: [{name, layer}] of the network.
export function only(affine, norms, layers) {
  const kept = new Set(norms.filter(norm => layers.includes(norm.layer)).map(norm => norm.name));
  return each(affine, (name, numbers) => {
    const [kind, norm] = [name.slice(0, name.indexOf("_")), name.slice(name.indexOf("_") + 1)];
    return kept.has(norm) ? numbers : numbers.map(() => (kind === "gamma" ? 1 : 0));
  });
}

function each(affine, made) {
  return Object.fromEntries(Object.entries(affine).map(([name, numbers]) => [name, made(name, numbers)]));
}
