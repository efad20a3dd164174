// The sentence as tokens, one of them hidden. Names go through textContent, so none becomes markup.

const N_HUES = 6; // as in viz/chips.py
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.blank') ?? begin(parentElement);
  root.setAttribute('role', 'group');
  root.setAttribute('aria-label', 'The sentence. Choose the token to hide');
  const choose = (place) => {
    draw(root, data, place, choose);
    setTriggerValue('place', place);
  };
  draw(root, data, data.hidden, choose);
  root.onkeydown = (event) => {
    const chips = [...root.querySelectorAll('button')];
    const from = chips.indexOf(document.activeElement);
    if (!(event.key in STEPS) || from < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    reach(chips, Math.min(Math.max(from + STEPS[event.key], 0), chips.length - 1));
  };
}

function begin(parent) {
  const question = parent.appendChild(document.createElement('p'));
  question.className = 'question';
  question.appendChild(document.createElement('b')).textContent = 'What fits the blank, and how sure is the model?';
  question.append(' Click another token to hide that one.');
  const root = parent.appendChild(document.createElement('div'));
  root.className = 'strip blank';
  return root;
}

// One stop of the Tab key for the whole sentence; the arrows go on from there.
function reach(chips, chosen) {
  chips.forEach((chip, place) => { chip.tabIndex = place === chosen ? 0 : -1; });
  chips[chosen].focus();
}

function draw(root, { tokens, mask }, hidden, choose) {
  const focused = root.contains(document.activeElement) ? document.activeElement.dataset.place : null;
  root.replaceChildren(...tokens.map(({ name, special }, place) => {
    const chip = document.createElement(special ? 'span' : 'button');
    chip.className = `chip hue${place % N_HUES}${special ? ' special' : ''}`;
    chip.dir = 'auto';
    chip.append(name);
    if (special) return chip;
    chip.type = 'button';
    chip.dataset.place = place;
    chip.tabIndex = place === hidden ? 0 : -1;
    chip.setAttribute('aria-pressed', String(place === hidden));
    chip.title = place === hidden ? `hidden: ${name}` : `hide ${name}`;
    if (place === hidden) {
      chip.classList.add('hidden');
      const word = document.createElement('s');
      word.append(name);
      chip.replaceChildren(mask, ' ', word);
    } else {
      chip.onclick = () => choose(place);
    }
    return chip;
  }));
  if (focused !== null) root.querySelector(`[data-place="${Number(focused)}"]`)?.focus({ preventScroll: true });
}
