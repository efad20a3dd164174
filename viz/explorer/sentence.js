// The sentence as chips that carry the row in focus.

import { css } from '../browser/colour.js';
import { element } from '../browser/dom.js';
import { roving } from './fields.js';
import { HIDDEN, sums, written } from './matrices.js';
import { inkOn, tableIndex, tableOf } from './scale.js';

export function makeSentence(app, parent, part) {
  const root = element('div', 'sentence', parent);
  const strips = part.sameText ? [['both', 'The sentence']] : [['query', 'Reads (query)'], ['key', 'Is read (key)']];
  let chips = [];
  let labels = '';

  function build(matrix) {
    labels = JSON.stringify([matrix.rows, matrix.columns]);
    root.replaceChildren();
    chips = strips.flatMap(([axis, title]) => {
      const strip = element('div', 'strip', root);
      strip.setAttribute('role', 'group');
      strip.setAttribute('aria-label', `${title}; arrow keys move, Enter pins, Shift and Enter adds`);
      if (!part.sameText) element('b', 'axis', strip, title);
      const [names, marked] = axis === 'key' ? [matrix.columns, matrix.columnsMarked] : [matrix.rows, matrix.rowsMarked];
      const made = names.map((name, index) => chip(strip, name, marked[index], axis, index));
      roving(made.map(({ node }) => node), 1, 0);
      return made;
    });
  }

  function chip(strip, name, marked, axis, index) {
    const node = element('button', `chip${marked ? ' special' : ''}`, strip);
    node.type = 'button';
    element('span', 'piece', node, name);
    const number = element('small', '', node, '');
    const at = () => {
      const matrix = app.matrix;
      return { row: axis === 'key' ? null : matrix.firstOfRow[index], column: axis === 'query' ? null : matrix.firstOfColumn[index], token: true };
    };
    node.addEventListener('pointerenter', () => app.hover(at()));
    node.addEventListener('pointerleave', () => app.hover(null));
    node.addEventListener('focus', () => { if (node.matches(':focus-visible')) app.hover(at()); });
    node.addEventListener('blur', () => app.hover(null));
    node.addEventListener('click', (event) => app.pin([at().row, at().column], event.shiftKey));
    node.setAttribute('aria-label', `${axis === 'key' ? 'key' : 'token'} ${index} “${name}”`);
    return { node, number, axis, index };
  }

  function light() {
    const { matrix, palette } = app;
    const lit = app.numbersFocus(matrix);
    const table = tableOf(palette, 1, false);
    const { reads, readBy, readsError, readByError } = sums(matrix, lit.rows, lit.columns);
    const pinnedRows = new Set(app.state.pins.flatMap(([row]) => (row === null ? [] : [matrix.rowOf[row]])));
    const pinnedColumns = new Set(app.state.pins.flatMap(([, column]) => (column === null ? [] : [matrix.columnOf[column]])));
    for (const { node, number, axis, index } of chips) {
      const ofKey = axis === 'query' ? (lit.columns.length ? readBy[index] : null) : lit.rows.length ? reads[index] : null;
      const colour = ofKey && !ofKey.status ? table.subarray(tableIndex(ofKey.sum / matrix.high), tableIndex(ofKey.sum / matrix.high) + 3) : null;
      node.style.background = colour ? css(colour) : '';
      node.style.color = colour ? inkOn(colour, palette) : '';
      number.textContent = !ofKey ? '' : ofKey.status === HIDDEN ? 'hidden' : ofKey.status ? '·' : written(ofKey.sum, axis === 'query' ? readByError : readsError);
      const bar = axis === 'both' && lit.columns.length && !readBy[index].status ? Math.min(1, readBy[index].sum / matrix.high) : 0;
      node.style.setProperty('--read-by', `${Math.round(100 * bar)}%`);
      const on = axis !== 'key' && lit.rows.includes(index) || axis !== 'query' && lit.columns.includes(index);
      node.classList.toggle('lit', on);
      node.setAttribute('aria-pressed', String(axis !== 'key' && pinnedRows.has(index) || axis === 'key' && pinnedColumns.has(index)));
    }
  }

  return {
    update(flags) {
      if (!app.matrix) return;
      if (flags.has('matrix') && labels !== JSON.stringify([app.matrix.rows, app.matrix.columns])) build(app.matrix);
      if (flags.has('matrix') || flags.has('focus')) light();
    },
  };
}
