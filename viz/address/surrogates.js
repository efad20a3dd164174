const LONE_SURROGATE = /\p{Surrogate}/gu;

// Half of a surrogate pair cannot be sent: the connection would break over it and the text be lost. It becomes
// U+FFFD before Streamlit reads the box, and the page says so.
export function mendSurrogates() {
  document.addEventListener('input', (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement || box instanceof HTMLTextAreaElement)) return;
    const mended = box.value.replace(LONE_SURROGATE, '\uFFFD');
    if (mended === box.value) return;
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), 'value').set.call(box, mended);
  }, true);
}
