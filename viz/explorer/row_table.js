// The row in focus as a table.

import { element } from '../browser/dom.js';
import { HIDDEN, sums, written } from './matrices.js';
import { quoted } from './readout.js';

export function makeRowTable(app, parent) {
  const root = element('details', 'table', parent);
  element('summary', '', root, 'The row as a table');
  const table = element('table', '', root);
  root.open = app.state.table;
  root.addEventListener('toggle', () => {
    app.change('focus');
    if (app.state.table === root.open) return; // it was opened by the state
    app.state.table = root.open;
    app.change('address');
  });

  function fill() {
    const { matrix } = app;
    const lit = app.numbersFocus(matrix);
    const rows = lit.rows.length ? lit.rows : [matrix.height - 1];
    const { reads, readsError } = sums(matrix, rows, []);
    table.replaceChildren();
    const caption = element('caption', '', table);
    caption.textContent = `${app.title}: what ${rows.map((row) => `query ${row} ${quoted(matrix.rows[row])}`).join(' and ')} ${rows.length > 1 ? 'read together' : 'reads'}`;
    const head = element('tr', '', element('thead', '', table));
    for (const title of ['Place', 'Key', matrix.lengths ? 'Length' : 'Weight']) element('th', '', head, title).scope = 'col';
    const body = element('tbody', '', table);
    reads.forEach(({ sum, status }, index) => {
      const line = element('tr', '', body);
      element('td', '', line, String(index));
      element('th', '', line, matrix.columns[index]).scope = 'row';
      element('td', '', line, status === HIDDEN ? 'hidden by you' : status ? 'hidden by the mask' : written(sum, readsError));
    });
    if (matrix.hidden) {
      const line = element('tr', '', body);
      element('td', '', line, '');
      element('th', '', line, 'hidden by you').scope = 'row';
      element('td', '', line, written(rows.reduce((all, row) => all + matrix.hidden[row], 0), matrix.hiddenError * rows.length));
    }
  }

  return { root, update(flags) { if (root.open && app.matrix && (flags.has('focus') || flags.has('matrix'))) fill(); } };
}
