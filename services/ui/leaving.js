// Streamlit shows the page of which it hears last. What a part of this one tells by itself behind the
// press that leads to another would call the reader back: it waits until that press has been answered.

const PAGE_LINK = "[data-testid$=NavLink]";
const ANSWERED_MS = 2000;
const leaving = (window.onceLeaving ??= watchPresses());

function watchPresses() {
  const pressed = { from: null, title: null, at: 0 };
  let path = location.pathname; // of the page that is shown, or was asked for
  const note = (from) =>
    Object.assign(pressed, { from, title: document.title, at: performance.now() });
  const noteLink = ({ target }) => {
    const link = target.closest(PAGE_LINK);
    if (!link) return;
    // Streamlit means the addresses of its links as from the first page, which has none itself.
    const goal = new URL(link.getAttribute("href") ?? "", location.origin);
    path = goal.pathname;
    if (goal.href !== location.href) note(location.href);
  };
  // The browser's own buttons change the address at once: only the new page's title is the answer.
  const noteStep = () => {
    if (location.pathname !== path) note(null);
    path = location.pathname;
  };
  document.addEventListener("click", noteLink, true);
  window.addEventListener("popstate", noteStep);
  return pressed;
}

function isLeaving() {
  const { from, title } = leaving;
  return title === document.title && (from === null || from === location.href);
}

// Answers how to take it back as long as it has not been told.
function tellUnlessLeaving(tell) {
  const wait = leaving.at + ANSWERED_MS - performance.now();
  if (!isLeaving() || wait <= 0) tell();
  else {
    const waiting = setTimeout(tell, wait);
    return () => clearTimeout(waiting);
  }
}
