// Streamlit shows the page of which it hears last. What a part of this one tells by itself behind the
// press that leads to another would call the reader back: it waits until that press has been answered.

const PAGE_LINK = "[data-testid$=NavLink]";
const ANSWERED_MS = 2000;
const leaving = (window.onceLeaving ??= watchPresses());

function watchPresses() {
  const pressed = { from: null, at: 0 };
  const note = ({ target }) => {
    const link = target.closest(PAGE_LINK);
    if (link && link.href !== location.href)
      Object.assign(pressed, { from: location.href, at: performance.now() });
  };
  document.addEventListener("click", note, true);
  return pressed;
}

// Answers how to take it back as long as it has not been told.
function tellUnlessLeaving(tell) {
  const wait = leaving.at + ANSWERED_MS - performance.now();
  if (leaving.from !== location.href || wait <= 0) tell();
  else {
    const waiting = setTimeout(tell, wait);
    return () => clearTimeout(waiting);
  }
}
