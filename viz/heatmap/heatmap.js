// Draws packed matrices on canvases. All text goes through textContent or fillText, so no label can become markup.

const LONGEST_LABEL = 14; // characters on an axis; the line under the map gives the whole label

export default function ({ data, parentElement }) {
  const host = parentElement.host ?? parentElement;
  const state = (host.heatmap ??= { cell: null, picked: null, stop: null });
  state.stop?.();
  const { header, matrices } = unpack(data);
  state.picked = pickedMap(header, state);
  const view = build(parentElement, header, matrices, state);
  const redraw = () => draw(view, header, matrices, state);
  listen(view, header, matrices, state, redraw);

  const sizes = new ResizeObserver(redraw);
  sizes.observe(view.root);
  const theme = new MutationObserver(redraw);
  const app = document.querySelector('[data-testid="stApp"]');
  if (app) theme.observe(app, { attributes: true });
  state.stop = () => { sizes.disconnect(); theme.disconnect(); };
  redraw();
  remember(header, state);
  return state.stop;
}

function unpack(data) {
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const values = new Float32Array(bytes.slice(4 + length).buffer);
  let start = 0;
  const matrices = header.maps.map((map) => {
    const axes = header.axes[map.axes];
    const size = axes.rows.length * axes.columns.length;
    const matrix = { ...map, ...axes, height: axes.rows.length, width: axes.columns.length,
                     values: values.subarray(start, start + size) };
    start += size;
    return matrix;
  });
  return { header, matrices };
}

// The picked map belongs in the address, but the server need not hear of it. The tab keeps it too, because a server
// run that changes the address, and a page change, drop what the server does not know.
const kept = (parameter) => `headlight-${parameter}`;

function pickedMap(header, state) {
  if (!header.parameter) return header.selected;
  const asked = new URLSearchParams(location.search).get(header.parameter) ?? sessionStorage.getItem(kept(header.parameter));
  const wanted = state.picked ?? (/^\d+$/.test(asked ?? '') ? Number(asked) : header.selected);
  return wanted < header.maps.length ? wanted : header.selected;
}

function remember(header, state) {
  if (!header.parameter) return;
  sessionStorage.setItem(kept(header.parameter), state.picked);
  const address = new URL(location.href);
  if (address.searchParams.get(header.parameter) === String(state.picked)) return;
  address.searchParams.set(header.parameter, state.picked);
  history.replaceState(history.state, '', address);
}

function element(name, className, parent, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  parent?.append(made);
  return made;
}

function build(parent, header, matrices, state) {
  parent.querySelector('.heatmap')?.remove();
  const root = element('div', 'heatmap', parent);
  const body = element('div', 'body', root);
  const view = { root, thumbs: [], figures: [] };
  if (header.layout === 'pick') {
    const strip = element('div', 'thumbs', body);
    view.thumbs = matrices.map((matrix) => {
      const button = element('button', '', strip);
      button.type = 'button';
      const canvas = element('canvas', '', button);
      element('span', '', button, matrix.thumb);
      return { button, canvas };
    });
  }
  const maps = element('div', `maps ${header.layout}`, body);
  const shown = header.layout === 'pick' ? [null] : matrices;
  view.figures = shown.map(() => {
    const figure = element('figure', '', maps);
    const caption = element('figcaption', '', figure);
    const canvas = element('canvas', '', figure);
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'img');
    const readout = element('p', 'readout', figure);
    readout.setAttribute('aria-live', 'polite');
    return { figure, caption, canvas, readout, legend: element('div', 'legend', figure), box: null };
  });
  return view;
}

const matrixOf = (header, matrices, state, index) => matrices[header.layout === 'pick' ? state.picked : index];

function listen(view, header, matrices, state, redraw) {
  view.thumbs.forEach(({ button }, index) => {
    button.addEventListener('click', () => { state.picked = index; remember(header, state); redraw(); });
  });
  view.figures.forEach(({ canvas }, index) => {
    const point = (event) => {
      const box = view.figures[index].box;
      const column = Math.floor((event.offsetX - box.left) / box.cell);
      const row = Math.floor((event.offsetY - box.top) / box.cell);
      const matrix = matrixOf(header, matrices, state, index);
      const inside = row >= 0 && column >= 0 && row < matrix.height && column < matrix.width;
      state.cell = inside ? { row, column } : null;
      redraw();
    };
    canvas.addEventListener('pointermove', point);
    canvas.addEventListener('pointerdown', point);
    canvas.addEventListener('keydown', (event) => {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      const matrix = matrixOf(header, matrices, state, index);
      const cell = state.cell ?? { row: 0, column: 0 };
      state.cell = { row: clamp(cell.row + step[0], matrix.height), column: clamp(cell.column + step[1], matrix.width) };
      redraw();
    });
  });
}

const clamp = (value, size) => Math.max(0, Math.min(size - 1, value));

function draw(view, header, matrices, state) {
  const colours = header.palettes[isDark(view.root) ? 'dark' : 'light'];
  view.thumbs.forEach(({ button, canvas }, index) => {
    button.setAttribute('aria-pressed', String(index === state.picked));
    paintCells(canvas, matrices[index], colours);
  });
  view.figures.forEach((figure, index) => {
    const matrix = matrixOf(header, matrices, state, index);
    figure.caption.textContent = matrix.name;
    figure.canvas.setAttribute('aria-label', `${matrix.name}: ${matrix.height} by ${matrix.width} values; arrow keys read them`);
    paintMap(figure, matrix, colours, state.cell);
    figure.readout.textContent = sentence(header.words, matrix, state.cell);
    paintLegend(figure.legend, header.words, matrix, colours);
  });
}

function sentence(words, matrix, cell) {
  if (!cell || cell.row >= matrix.height || cell.column >= matrix.width) {
    return `Point at a cell, or use the arrow keys, to read its ${matrix.quantity || words.value}.`;
  }
  const value = matrix.values[cell.row * matrix.width + cell.column];
  const shown = Number.isNaN(value) ? words.masked : `${matrix.quantity || words.value} ${value.toFixed(words.digits).replace(/^-/, '−')}`;
  return `${words.row} ${cell.row} “${matrix.rows[cell.row]}” ${words.verb} ` +
         `${words.column} ${cell.column} “${matrix.columns[cell.column]}”: ${shown}`;
}

// One pixel a value; the browser enlarges it without smoothing.
function paintCells(canvas, matrix, colours) {
  canvas.width = matrix.width;
  canvas.height = matrix.height;
  const image = new ImageData(matrix.width, matrix.height);
  const ramp = colours[matrix.scale];
  matrix.values.forEach((value, index) => {
    const colour = Number.isNaN(value) ? rgb(colours.masked) : at(ramp, (value - matrix.low) / (matrix.high - matrix.low));
    image.data.set([...colour, 255], 4 * index);
  });
  canvas.getContext('2d').putImageData(image, 0, 0);
}

function paintMap(figure, matrix, colours, cell) {
  const { canvas } = figure;
  const room = figure.figure.clientWidth || 320;
  const font = room < 420 ? 12 : 15;
  const family = getComputedStyle(figure.figure).fontFamily;
  const context = canvas.getContext('2d');
  context.font = `${font}px ${family}`;
  const widest = (labels) => Math.max(...labels.map((label) => context.measureText(short(label)).width), font);
  const left = Math.ceil(widest(matrix.rows)) + 10;
  const top = Math.ceil(widest(matrix.columns)) + 10;
  const size = Math.max(2, Math.min(52, (room - left - 4) / matrix.width, 640 / matrix.height));
  const box = (figure.box = { left, top, cell: size });
  const width = left + size * matrix.width + 2;
  const height = top + size * matrix.height + 2;
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);

  const cells = document.createElement('canvas');
  paintCells(cells, matrix, colours);
  context.imageSmoothingEnabled = false;
  context.drawImage(cells, left, top, size * matrix.width, size * matrix.height);
  if (size >= 9) paintGrid(context, matrix, box, colours);
  context.font = `${font}px ${family}`;
  paintLabels(context, matrix, box, colours, cell, font, family);
  if (cell && cell.row < matrix.height && cell.column < matrix.width) paintCross(context, matrix, box, colours, cell);
}

function paintGrid(context, matrix, { left, top, cell }, colours) {
  context.strokeStyle = colours.background;
  context.lineWidth = 1;
  context.beginPath();
  for (let row = 0; row <= matrix.height; row++) {
    context.moveTo(left, top + row * cell); context.lineTo(left + matrix.width * cell, top + row * cell);
  }
  for (let column = 0; column <= matrix.width; column++) {
    context.moveTo(left + column * cell, top); context.lineTo(left + column * cell, top + matrix.height * cell);
  }
  context.stroke();
}

// When there are more tokens than room, every n-th is labelled, and always the one that is pointed at.
function paintLabels(context, matrix, { left, top, cell }, colours, at, font, family) {
  const every = Math.ceil((font + 2) / cell);
  const style = (marked, pointed) => {
    context.fillStyle = pointed ? colours.accent : marked ? colours.muted : colours.text;
    context.font = `${pointed ? 'bold ' : ''}${font}px ${family}`;
  };
  const shows = (index, pointed) => pointed === index || (index % every === 0 && !(pointed >= 0 && every > 1 && Math.abs(index - pointed) < every));
  context.textBaseline = 'middle';
  matrix.rows.forEach((label, row) => {
    if (!shows(row, at?.row)) return;
    style(matrix.rowsMarked[row], at?.row === row);
    context.textAlign = 'right';
    context.fillText(short(label), left - 6, top + (row + 0.5) * cell);
  });
  matrix.columns.forEach((label, column) => {
    if (!shows(column, at?.column)) return;
    style(matrix.columnsMarked[column], at?.column === column);
    context.save();
    context.translate(left + (column + 0.5) * cell, top - 6);
    context.rotate(-Math.PI / 2);
    context.textAlign = 'left';
    context.fillText(short(label), 0, 0);
    context.restore();
  });
}

function paintCross(context, matrix, { left, top, cell }, colours, at) {
  context.strokeStyle = colours.accent;
  context.lineWidth = 1.5;
  context.strokeRect(left, top + at.row * cell, matrix.width * cell, cell);
  context.strokeRect(left + at.column * cell, top, cell, matrix.height * cell);
  context.lineWidth = 3;
  context.strokeStyle = colours.text;
  context.strokeRect(left + at.column * cell, top + at.row * cell, cell, cell);
}

function paintLegend(legend, words, matrix, colours) {
  legend.replaceChildren();
  element('span', '', legend, number(matrix.low));
  const bar = element('canvas', '', legend);
  bar.width = 128;
  bar.height = 1;
  const context = bar.getContext('2d');
  for (let x = 0; x < 128; x++) {
    context.fillStyle = `rgb(${at(colours[matrix.scale], x / 127).join(',')})`;
    context.fillRect(x, 0, 1, 1);
  }
  element('span', '', legend, number(matrix.high));
  if (words.legend) element('span', '', legend, words.legend);
  if (matrix.values.some(Number.isNaN)) {
    element('i', '', legend).style.background = colours.masked;
    element('span', '', legend, words.masked);
  }
}

const number = (value) => String(Math.round(value * 1000) / 1000).replace('-', '−');

const short = (label) => {
  const characters = [...label];
  return characters.length > LONGEST_LABEL ? `${characters.slice(0, LONGEST_LABEL - 1).join('')}…` : label;
};

const rgb = (hex) => [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));

function at(ramp, place) {
  const x = Math.max(0, Math.min(1, place));
  const upper = Math.max(1, ramp.findIndex(([end]) => end >= x));
  const [[x0, from], [x1, to]] = [ramp[upper - 1], ramp[upper]];
  const mix = (x - x0) / (x1 - x0);
  const [a, b] = [rgb(from), rgb(to)];
  return a.map((part, index) => Math.round(part + (b[index] - part) * mix));
}

function isDark(root) {
  const colour = getComputedStyle(root).getPropertyValue('--st-background-color').trim() || '#ffffff';
  const probe = document.createElement('canvas').getContext('2d');
  probe.fillStyle = colour;
  const [red, green, blue] = rgb(probe.fillStyle);
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}
