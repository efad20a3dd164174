// Remembers how the 3-D picture was turned and turns the next one alike. Draws nothing itself.

const EVERY = 150; // ms; Streamlit does not say when it has made a new chart
let camera = null; // of this tab, until it is reloaded

export default function ({ parentElement }) {
  const host = parentElement.host ?? parentElement;
  clearInterval(host.watching);
  host.watching = setInterval(() => adopt(document.querySelector('.js-plotly-plot')), EVERY);
  return () => clearInterval(host.watching);
}

function adopt(picture) {
  if (!picture?.on || !picture.layout?.scene || !window.Plotly || picture.viewIsKept) return;
  picture.viewIsKept = true;
  if (camera) window.Plotly.relayout(picture, { 'scene.camera': camera });
  picture.on('plotly_relayout', (change) => { camera = change['scene.camera'] ?? camera; });
}
