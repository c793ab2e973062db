// What is typed into a field and not sent yet outlives a refresh: the tab's own storage holds it.

const STORED = "once-unsent:";
const OVER = "once-unsent-over:";
const TRIES = 3; // A run of the page that the next one cuts short takes a text and does not show it.

class Unsent {
  show(data, giveBack) {
    const isFirst = !this.data;
    this.data = data;
    this.takeBack?.();
    this.key = STORED + data.name;
    this.over = OVER + data.name;
    if (isFirst) {
      this.lookAround();
      this.tries = TRIES;
    }
    const typed = sessionStorage.getItem(this.key);
    if (typed === null) return;
    if (isFirst) this.isOld = this.wasTypedBefore(typed);
    if (typed.trim() === data.kept?.trim()) {
      sessionStorage.removeItem(this.key);
      sessionStorage.removeItem(this.over);
    } else if (!this.isOld) {
      sessionStorage.setItem(this.over, data.shown ?? "");
      if (typed === data.shown) this.tries = 0;
      else if (this.tries-- > 0) this.takeBack = tellUnlessLeaving(() => giveBack(typed));
    }
  }

  // A shared field that shows neither this text nor what it was typed over: another page's is newer.
  wasTypedBefore(typed) {
    const { is_shared, shown } = this.data;
    return is_shared && shown && shown !== typed && shown !== sessionStorage.getItem(this.over);
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
    if (!target.closest(`.st-key-${CSS.escape(this.data.field)}`)) return;
    this.isOld = false;
    this.takeBack?.(); // What was typed before is not to come over this.
    this.tries = 0;
    sessionStorage.setItem(this.key, target.value);
    sessionStorage.setItem(this.over, this.data.shown ?? "");
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
    parentElement.onceUnsent.takeBack?.();
    delete parentElement.onceUnsent;
  };
}
