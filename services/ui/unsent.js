// What is typed into a field and not sent yet outlives a refresh: the tab's own storage holds it.

const STORED = "once-unsent:";

class Unsent {
  show(data, giveBack) {
    const isFirst = !this.data;
    this.data = data;
    this.key = STORED + data.name;
    if (isFirst) this.lookAround();
    const typed = sessionStorage.getItem(this.key);
    if (typed === null) return;
    if (typed.trim() === data.kept) sessionStorage.removeItem(this.key);
    else if (isFirst && typed !== data.shown) giveBack(typed);
  }

  // Somebody may have typed already when this script comes to life, and gone on to another field.
  // A field that is empty, or whose text is stored, may just not show yet what it is to.
  lookAround() {
    const field = document.querySelector(`.st-key-${CSS.escape(this.data.field)}`);
    const element = field?.querySelector("textarea, input");
    if (!element || element.value === (this.data.shown ?? "")) return;
    const isNews = element.value !== "" && sessionStorage.getItem(this.key) === null;
    if (isNews || element === document.activeElement) this.handleEvent({ target: element });
  }

  handleEvent({ target }) {
    if (target.closest(`.st-key-${CSS.escape(this.data.field)}`))
      sessionStorage.setItem(this.key, target.value);
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  if (!parentElement.onceUnsent) {
    parentElement.onceUnsent = new Unsent();
    document.addEventListener("input", parentElement.onceUnsent, true);
  }
  parentElement.onceUnsent.show(data, (text) => setTriggerValue("typed", text));
  return () => {
    document.removeEventListener("input", parentElement.onceUnsent, true);
    delete parentElement.onceUnsent;
  };
}
