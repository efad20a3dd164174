// Numbers as they are written beside the bars.

export const whole = (number) => number.toLocaleString('en-GB');
export const percent = (share) => (share > 0 && share < 0.00005 ? '<0.01 %' : `${(100 * share).toFixed(2)} %`);
export const bits = (number) => `${number.toFixed(2)} bits`;
export const count = (number) => `${whole(number)} token${number === 1 ? '' : 's'}`;
