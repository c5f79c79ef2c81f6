// Leaving a field may add a line below it and move everything under the pointer: then the press that left the field would
// miss its button. So what follows from leaving waits until the press has become a click, or is over without one.

const LONGEST_PRESS_MS = 600;
let pressing = false;

const press = (state: boolean) => () => {
  pressing = state;
};
addEventListener("pointerdown", press(true), true);
addEventListener("pointercancel", press(false), true);
addEventListener("keydown", press(false), true);
addEventListener("click", press(false), true);

export function afterPress(run: () => void): void {
  if (!pressing) {
    run();
    return;
  }
  const once = () => {
    clearTimeout(timer);
    removeEventListener("click", afterClick, true);
    run();
  };
  const afterClick = () => void setTimeout(once);
  const timer = setTimeout(once, LONGEST_PRESS_MS);
  addEventListener("click", afterClick, true);
}
