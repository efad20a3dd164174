// Draws packed line charts as SVG. All text goes through textContent, so no name can become markup.

import { arrowSteps, element } from '../browser/dom.js';
import { shape } from '../browser/svg.js';

const SIDE = 1000; // of the drawing, in its own units; the browser stretches it
const MOST_LARGE_DOTS = 40;

export default function ({ data, parentElement }) {
  const chart = JSON.parse(new TextDecoder().decode(data instanceof Uint8Array ? data : new Uint8Array(data)));
  parentElement.querySelector('.lines')?.remove();
  const root = element('figure', 'lines', parentElement);
  root.style.setProperty('--height', `${chart.height}rem`);
  drawLegend(root, chart);
  const plot = element('div', 'plot', root);
  drawTicks(element('div', 'ys', plot), chart.y, 'bottom');
  const svg = shape('svg', plot, { viewBox: `0 0 ${SIDE} ${SIDE}`, preserveAspectRatio: 'none' });
  drawTicks(element('div', 'xs', plot), chart.x, 'left');
  element('div', 'below', root, [chart.xName, chart.note].filter(Boolean).join('; '));
  const readout = element('p', 'readout', root, undefined, { 'aria-live': 'polite' });
  drawCurves(svg, chart);
  listen(svg, readout, chart);
}

const across = (chart, x) => (SIDE * (x - chart.x.ends[0])) / (chart.x.ends[1] - chart.x.ends[0]);
const down = (chart, y) => SIDE * (1 - (y - chart.y.ends[0]) / (chart.y.ends[1] - chart.y.ends[0]));
const written = (value) => value.toLocaleString('en-GB', { maximumFractionDigits: 10 }).replace('-', '−');

function drawLegend(root, chart) {
  const legend = element('figcaption', '', root);
  if (chart.yName) element('span', 'above', legend, chart.yName);
  for (const line of chart.lines.filter((each) => each.name)) {
    const entry = element('span', 'entry', legend);
    element('i', line.top ? 'area' : line.style, entry).style.setProperty('--line', line.colour);
    element('span', '', entry, line.name);
  }
}

function drawTicks(parent, axis, side) {
  for (const tick of axis.ticks) {
    const place = (100 * (tick - axis.ends[0])) / (axis.ends[1] - axis.ends[0]);
    element('span', '', parent, written(tick)).style[side] = `${place}%`;
  }
}

function drawCurves(svg, chart) {
  for (const tick of chart.y.ticks) {
    shape('path', svg, { class: tick === 0 ? 'grid zero' : 'grid', d: `M0 ${down(chart, tick)}H${SIDE}` });
  }
  for (const line of chart.lines) {
    const curve = shape('path', svg, { class: line.top ? 'area' : line.style, d: line.top ? area(chart, line) : path(chart, line) });
    curve.style.setProperty('--line', line.colour);
    if (line.style === 'dots' && line.x.length > MOST_LARGE_DOTS) curve.style.strokeWidth = 5;
  }
}

function path(chart, line) {
  let pen = false;
  return line.x.map((x, i) => {
    if (line.y[i] === null) { pen = false; return ''; }
    const start = pen && line.style !== 'dots' ? 'L' : 'M';
    pen = true;
    return `${start}${across(chart, x).toFixed(1)} ${down(chart, line.y[i]).toFixed(1)}${line.style === 'dots' ? 'h0' : ''}`;
  }).join('');
}

function area(chart, line) {
  const kept = line.x.map((_, i) => i).filter((i) => line.y[i] !== null && line.top[i] !== null);
  const point = (ys) => (i) => `${across(chart, line.x[i]).toFixed(1)} ${down(chart, ys[i]).toFixed(1)}`;
  return kept.length ? `M${[...kept.map(point(line.y)), ...kept.reverse().map(point(line.top))].join('L')}Z` : '';
}

function listen(svg, readout, chart) {
  svg.tabIndex = 0;
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `${chart.yName || chart.lines.map((line) => line.name).filter(Boolean).join(', ')}; arrow keys read the values`);
  const rule = shape('path', svg, { class: 'rule', d: '' });
  const [first, last] = chart.x.ends;
  let at = null;
  const read = (x) => {
    at = Math.max(Math.ceil(first), Math.min(Math.floor(last), Math.round(x)));
    rule.setAttribute('d', `M${across(chart, at)} 0V${SIDE}`);
    readout.textContent = sentence(chart, at);
  };
  const point = (event) => {
    const box = svg.getBoundingClientRect();
    read(first + ((event.clientX - box.left) / box.width) * (last - first));
  };
  svg.addEventListener('pointermove', point);
  svg.addEventListener('pointerdown', point);
  svg.addEventListener('keydown', (event) => {
    const step = arrowSteps[event.key]?.[1];
    if (!step) return;
    event.preventDefault();
    read(at === null ? first : at + step);
  });
  readout.textContent = 'Point at a curve, or use the arrow keys.';
}

function sentence(chart, at) {
  const number = (value) => value.toFixed(chart.digits).replace(/^-/, '−');
  const values = chart.lines.filter((line) => line.name).flatMap((line) => {
    const i = line.x.findIndex((x) => Math.abs(x - at) < 1e-6);
    if (i < 0 || line.y[i] === null) return [];
    return [`${line.name} ${number(line.y[i])}${line.top && line.top[i] !== null ? ` to ${number(line.top[i])}` : ''}`];
  });
  return `${chart.xName} ${written(at)}: ${values.join(' · ') || 'no value'}`;
}
