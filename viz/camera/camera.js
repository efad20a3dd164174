// Keeps how the 3-D picture was turned in the address, and turns the next one alike. Draws nothing itself.

import { keepInAddress } from '../browser/choices.js';

const EVERY = 150; // ms; Streamlit does not say when it has made a new chart
const FAR = 100; // farther from its middle nobody sees the picture
const VECTORS = ['eye', 'center', 'up'];

export default function ({ parentElement }) {
  const host = parentElement.host ?? parentElement;
  host.stopWatching?.();
  const claim = keepInAddress(['camera'], { adopt: () => { if (shown) turn(shown, claim); } });
  let shown = null;
  const watching = setInterval(() => {
    const picture = document.querySelector('.js-plotly-plot');
    if (!picture?.on || !picture.layout?.scene?.camera || !window.Plotly || picture.camera === claim) return;
    shown = picture;
    shown.camera = claim;
    shown.ahead ??= textOf(picture.layout.scene.camera); // as it looks before anybody turned it
    if (cameraFrom(claim.values().camera)) turn(shown, claim);
    else claim.keep({ camera: null });
    picture.on('plotly_relayout', (change) => {
      if (picture.camera !== claim || !change['scene.camera']) return;
      const text = textOf(change['scene.camera']);
      claim.keep({ camera: text === shown.ahead ? null : text });
    });
  }, EVERY);
  host.stopWatching = () => { clearInterval(watching); claim.leave(); };
  return host.stopWatching;
}

function turn(picture, claim) {
  const camera = cameraFrom(claim.values().camera) ?? cameraFrom(picture.ahead);
  window.Plotly.relayout(picture, { 'scene.camera': camera });
}

// "1.5_1.2_0.4_0_0_-0.07_0_0_1": where the eye is, where it looks and what is up, each as x, y and z.
const textOf = (camera) => VECTORS.flatMap((name) => ['x', 'y', 'z'].map((axis) => Number((camera[name]?.[axis] ?? usual(name, axis)).toFixed(3)))).join('_');
const usual = (name, axis) => Number(name === 'up' && axis === 'z');

function cameraFrom(text) {
  const numbers = (text ?? '').split('_').map(Number);
  if (numbers.length !== 9 || !numbers.every((each) => Math.abs(each) < FAR)) return null;
  return Object.fromEntries(VECTORS.map((name, index) => {
    const [x, y, z] = numbers.slice(3 * index);
    return [name, { x, y, z }];
  }));
}
