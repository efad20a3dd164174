// Draws packed matrices on canvases. All text goes through textContent or fillText, so no label can become markup.

const LONGEST_LABEL = 14; // characters on an axis; the line under the map gives the whole label
const TALLEST_ROW = 28; // of stretched cells, in pixels
const WIDEST_COLUMN = 96;
const STRETCHED_HEIGHT = 340;

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
      const column = Math.floor((event.offsetX - box.left) / box.across);
      const row = Math.floor((event.offsetY - box.top) / box.down);
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
  const named = (number, label) => (label ? `${signed(number)} “${label}”` : signed(number));
  return `${words.row} ${named(cell.row + matrix.firstRow, matrix.rows[cell.row])} ${words.verb} ` +
         `${words.column} ${named(cell.column + matrix.firstColumn, matrix.columns[cell.column])}: ${shown}`;
}

const signed = (number) => String(number).replace('-', '−');

// What stands on the axes: a label, a number, or both.
function axisLabels(matrix) {
  const rows = matrix.rows.map((label, row) => {
    const number = signed(row + matrix.firstRow);
    return !label ? number : matrix.rowsNumbered ? `${number} ${short(label)}` : short(label);
  });
  return { rows, columns: matrix.columns.map((label, column) => short(label) || signed(column + matrix.firstColumn)) };
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
  const labels = axisLabels(matrix);
  const widest = (texts) => Math.max(...texts.map((text) => context.measureText(text).width), font);
  const left = Math.ceil(widest(labels.rows)) + 10;
  const top = Math.ceil(widest(labels.columns)) + 10;
  const { across, down } = cellSize(matrix, room - left - 4);
  const box = (figure.box = { left, top, across, down });
  const width = left + across * matrix.width + 2;
  const height = top + down * matrix.height + 2;
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);

  if (matrix.paintedIn !== colours) { // the pointer redraws often, the cells change with the theme only
    matrix.paintedIn = colours;
    matrix.painted = document.createElement('canvas');
    paintCells(matrix.painted, matrix, colours);
  }
  context.imageSmoothingEnabled = across * ratio < 1; // several values share a pixel: their mean, not one of them
  context.drawImage(matrix.painted, left, top, across * matrix.width, down * matrix.height);
  if (Math.min(across, down) >= 9) paintGrid(context, matrix, box, colours);
  if (matrix.nOwn) {
    context.fillStyle = colours.accent;
    context.fillRect(left - 4, top, 3, down * matrix.nOwn);
  }
  context.font = `${font}px ${family}`;
  paintLabels(context, matrix, labels, box, colours, cell, font, family);
  if (cell && cell.row < matrix.height && cell.column < matrix.width) paintCross(context, matrix, box, colours, cell);
}

function cellSize(matrix, room) {
  if (matrix.cells === 'stretched') {
    return { across: Math.min(WIDEST_COLUMN, room / matrix.width), down: Math.min(TALLEST_ROW, STRETCHED_HEIGHT / matrix.height) };
  }
  const size = Math.max(2, Math.min(52, room / matrix.width, 640 / matrix.height));
  return { across: size, down: size };
}

function paintGrid(context, matrix, { left, top, across, down }, colours) {
  context.strokeStyle = colours.background;
  context.lineWidth = 1;
  context.beginPath();
  for (let row = 0; row <= matrix.height; row++) {
    context.moveTo(left, top + row * down); context.lineTo(left + matrix.width * across, top + row * down);
  }
  for (let column = 0; column <= matrix.width; column++) {
    context.moveTo(left + column * across, top); context.lineTo(left + column * across, top + matrix.height * down);
  }
  context.stroke();
}

// When there are more tokens than room, every n-th is labelled, and always the one that is pointed at.
function paintLabels(context, matrix, labels, { left, top, across, down }, colours, at, font, family) {
  const style = (marked, pointed) => {
    context.fillStyle = pointed ? colours.accent : marked ? colours.muted : colours.text;
    context.font = `${pointed ? 'bold ' : ''}${font}px ${family}`;
  };
  const shows = (index, pointed, cell) => {
    const every = Math.ceil((font + 2) / cell);
    return pointed === index || (index % every === 0 && !(pointed >= 0 && every > 1 && Math.abs(index - pointed) < every));
  };
  context.textBaseline = 'middle';
  labels.rows.forEach((label, row) => {
    if (!shows(row, at?.row, down)) return;
    style(matrix.rowsMarked[row], at?.row === row);
    context.textAlign = 'right';
    context.fillText(label, left - 6, top + (row + 0.5) * down);
  });
  labels.columns.forEach((label, column) => {
    if (!shows(column, at?.column, across)) return;
    style(matrix.columnsMarked[column], at?.column === column);
    context.save();
    context.translate(left + (column + 0.5) * across, top - 6);
    context.rotate(-Math.PI / 2);
    context.textAlign = 'left';
    context.fillText(label, 0, 0);
    context.restore();
  });
}

function paintCross(context, matrix, { left, top, across, down }, colours, at) {
  context.strokeStyle = colours.accent;
  context.lineWidth = 1.5;
  context.strokeRect(left, top + at.row * down, matrix.width * across, down);
  context.strokeRect(left + at.column * across, top, across, matrix.height * down);
  context.lineWidth = 3;
  context.strokeStyle = colours.text;
  context.strokeRect(left + at.column * across, top + at.row * down, across, down);
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
